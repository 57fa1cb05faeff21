// The monthly cycle: windows, states, what a frozen month is, and whose a punch counts for.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/end_to_end/small_government.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::test::small_government;

TEST_CASE("April 2025: the window holds no working day, and granting and refusing a longer one both work") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2025-04-01T01:00:00Z");
    fill(app);
    const std::string march = "/api/v1/periods/2025-03";
    auto board = get(app, march);
    REQUIRE(board.status == 200);
    CHECK(board.at("/window/working_days").as_array().empty());
    CHECK(board.text("/window/proposed_extension/until") == "2025-04-10");
    CHECK(number(unit_of(board, "dinsos"), "working_days_left") == 0);

    // A grant needs who, why, and the law.
    for (const char* body :
         {"", "{}", R"({"grant": "yes"})", R"({"grant": true, "until": "2025-04-10", "reason": "x"})",
          R"({"grant": true, "until": "2025-04-05", "reason": "x", "legal_basis": "SE"})",
          R"({"grant": true, "until": "2025-08-01", "reason": "x", "legal_basis": "SE"})",
          R"({"grant": true, "until": "10 April", "reason": "x", "legal_basis": "SE"})", R"({"grant": false})",
          R"({"grant": false, "reason": "x", "unit": "lurah"})", R"({"grant": false, "reason": "x", "why": "y"})"}) {
        CAPTURE(body);
        CHECK(post(app, march + "/extension", body).status == 422);
    }
    CHECK(get(app, march).at("/window/extension").is_null());

    CHECK(post(app, march + "/extension",
               R"({"grant": true, "until": "2025-04-10", "reason": "Idulfitri", "legal_basis": "SE Sekda 1/2025"})")
              .status == 201);
    CHECK(post(app, march + "/extension",
               R"({"grant": false, "unit": "camat", "reason": "mesin lengkap sejak 31 Maret"})")
              .status == 201);
    board = get(app, march);
    CHECK(board.at("/window/proposed_extension").is_null());
    CHECK(board.text("/window/extension/until") == "2025-04-10");
    CHECK(number(unit_of(board, "dinsos"), "working_days_left") == 3);
    CHECK(number(unit_of(board, "camat"), "working_days_left") == 0);

    app.set_now("2025-04-10T15:59:00Z");  // 23:59 WITA
    CHECK(post(app, march + "/dinsos/submit", with_reason).text("/moment") == "in_time");
    CHECK(post(app, march + "/camat/submit").status == 409);
    CHECK(post(app, march + "/camat/submit", with_reason).text("/moment") == "late");
    CHECK(count_rows(state.path(), "audit WHERE action = 'period.extension'") == 2);
    CHECK(count_rows(state.path(), "audit WHERE action = 'period.submit'") == 2);
}

TEST_CASE("a month: open, submitted, returned, submitted, frozen, nothing else") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-10-31T01:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-06 07:40:00") + line("43", "2026-10-06 07:41:00"));
    const std::string dinsos = std::string(october) + "/dinsos";
    CHECK(post(app, dinsos + "/submit", with_reason).text("/detail").find("is not over") != std::string::npos);
    app.set_now("2026-11-03T01:00:00Z");
    CHECK(post(app, dinsos + "/freeze").status == 409);
    CHECK(post(app, dinsos + "/return", with_reason).status == 409);
    const auto missing = post(app, dinsos + "/submit");
    CHECK(missing.status == 409);
    CHECK(missing.at("/missing").as_array().size() >= 1);
    CHECK(post(app, dinsos + "/submit", "no json").status == 422);
    CHECK(post(app, dinsos + "/submit", R"({"why": "x"})").status == 422);
    CHECK(post(app, dinsos + "/submit", R"({"reason": "a\u0000b"})").status == 422);
    CHECK(post(app, dinsos + "/submit", with_reason).text("/state") == "submitted");
    CHECK(post(app, dinsos + "/submit", with_reason).status == 409);
    CHECK(post(app, dinsos + "/return").status == 422);
    CHECK(post(app, dinsos + "/return", with_reason).text("/state") == "returned");
    CHECK(post(app, dinsos + "/freeze").status == 409);
    CHECK(post(app, dinsos + "/submit", with_reason).status == 200);
    const auto frozen = post(app, dinsos + "/freeze");
    CHECK(frozen.text("/state") == "frozen");
    CHECK(frozen.at("/punches").to_number<int>() == 2);
    for (const char* step : {"/submit", "/return", "/freeze"}) {
        CAPTURE(step);
        CHECK(post(app, dinsos + step, with_reason).status == 409);
    }
    const auto whole = get(app, dinsos);
    const auto steps = whole.at("/steps").as_array();
    REQUIRE(steps.size() == 4);
    CHECK(steps[0].at("reason").as_string() == "sudah diperiksa");
    CHECK_FALSE(steps[0].at("detail").at("missing").as_array().empty());
    CHECK(steps[3].at("step").as_string() == "freeze");
    CHECK(count_rows(state.path(), "audit WHERE action LIKE 'period.%'") == 4);
    CHECK(get(app, "/api/v1/periods/oktober").status == 400);
    CHECK(get(app, std::string(october) + "/nowhere").status == 404);
    // A village's month is the district's.
    CHECK(post(app, std::string(october) + "/lurah/submit", with_reason).text("/detail").find("camat") !=
          std::string::npos);
}

TEST_CASE("what comes after the freeze is an amendment: more, less, somebody else's, the digest stays") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office,
         line("42", "2026-10-06 07:40:00") + line("43", "2026-10-06 07:41:00") + line("99", "2026-10-06 07:42:00"));
    const std::string dinsos = std::string(october) + "/dinsos";
    REQUIRE(post(app, dinsos + "/submit", with_reason).status == 200);
    const std::string digest = post(app, dinsos + "/freeze").text("/digest");
    CHECK(digest.size() == 64);
    CHECK(get(app, dinsos + "/amendments").at("/amendments").as_array().empty());

    push(app, apel, line("42", "2026-10-05 07:30:00"));
    auto amendments = get(app, dinsos + "/amendments");
    REQUIRE(amendments.at("/amendments").as_array().size() == 1);
    CHECK(amendments.text("/amendments/0/kind") == "added");
    CHECK(amendments.text("/amendments/0/terminal") == apel);
    // Nobody's PIN gets its person afterwards: of this unit, and then of another.
    const auto list = get(app, "/api/v1/people?q=Budi");
    const std::string budi = list.text("/people/0/uuid");
    REQUIRE(post(app, "/api/v1/people/" + budi + "/pins", R"({"pin": "99", "from": "2026-01-01", "reason": "uji"})")
                    .status /
                100 ==
            2);
    amendments = get(app, dinsos + "/amendments");
    REQUIRE(amendments.at("/amendments").as_array().size() == 2);
    CHECK(json::serialize(amendments.body).find(R"("kind":"reassigned")") != std::string::npos);
    CHECK(number(unit_of(get(app, october), "dinsos"), "amendments") == 2);
    REQUIRE(post(app, "/api/v1/people",
                 "uuid,nama,jenis,unit,eselon,mulai\n" + budi + ",Budi Uji,PNS,camat,IV,2026-01-01\n")
                    .status /
                100 ==
            2);
    amendments = get(app, dinsos + "/amendments");
    // Both of Budi's punches would be the district's now.
    CHECK(json::serialize(amendments.body).find(R"("kind":"removed")") != std::string::npos);
    CHECK(amendments.text("/digest") == digest);
    CHECK(get(app, dinsos).text("/digest") == digest);

    // The export is the month as it was frozen.
    const auto file = http_get(app.admin_port(), "/api/v1/exports/2026-10?unit=dinsos&format=attlog");
    CHECK(file.header("Presensi-Punches") == "3");
    CHECK(file.body.find("2026-10-05") == std::string::npos);
    CHECK(std::stoi(file.header("Presensi-Amendments")) == 3);
}

TEST_CASE("a punch counts for the unit of the person on that day, nobody's for the unit of the terminal") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, apel,
         line("42", "2026-10-05 07:30:00") + line("44", "2026-10-05 07:31:00") + line("77", "2026-10-05 07:32:00"));
    push(app, office, line("44", "2026-10-07 07:40:00") + line("88", "2026-10-07 07:41:00"));
    push(app, other, line("44", "2026-10-08 07:40:00") + line("88", "2026-10-08 07:41:00"));
    auto board = get(app, october);
    auto dinsos = unit_of(board, "dinsos");
    auto camat = unit_of(board, "camat");
    CHECK(number(dinsos, "people") == 2);
    CHECK(number(dinsos, "people_without_punch") == 1);
    CHECK(number(dinsos, "punches") == 2);  // Ani at the apel, and 88 at its own terminal
    CHECK(number(dinsos, "unmatched_pins") == 1);
    CHECK(number(camat, "people") == 1);  // of the village
    CHECK(number(camat, "punches") == 4);
    CHECK(board.at("/apel_punches_of_nobody").to_number<int>() == 1);
    // Its own terminal first, then where its people go for the apel.
    const auto terminals = dinsos.at("terminals").as_array();
    REQUIRE(terminals.size() == 2);
    CHECK(terminals[0].at("serial").as_string() == office);
    CHECK(terminals[1].at("serial").as_string() == apel);

    // From the 8th on Citra works in the other unit, and what she did before stays where it was.
    const std::string citra = get(app, "/api/v1/people?q=Citra").text("/people/0/uuid");
    REQUIRE(post(app, "/api/v1/people",
                 "uuid,nama,jenis,unit,eselon,mulai\n" + citra + ",Citra Uji,PNS,dinsos,staf,2026-10-08\n")
                    .status /
                100 ==
            2);
    board = get(app, october);
    CHECK(number(unit_of(board, "camat"), "punches") == 3);   // 44 twice, and 88 at the village's terminal
    CHECK(number(unit_of(board, "dinsos"), "punches") == 3);  // and now hers of the 8th
}

TEST_CASE("outside the window: kept and marked, or refused") {
    const TemporaryFolder state;
    auto settings = settings_of(state.path());
    settings.periods.outside_window = config::OutsideWindow::refuse;
    RunningApp app(settings, "2026-11-06T01:00:00Z");
    fill(app);
    const std::string dinsos = std::string(october) + "/dinsos";
    const auto refused = post(app, dinsos + "/submit", with_reason);
    CHECK(refused.status == 409);
    CHECK(refused.text("/detail").find("2026-11-05") != std::string::npos);
    const std::string uploads = fmt::format("/api/v1/terminals/{}/uploads", office);
    const std::string of_october = "       42\t2026-10-30 07:40:00\t1\t0\t1\t0\r\n";
    const auto late = post(app, uploads, of_october);
    CHECK(late.status == 422);
    CHECK(late.text("/detail").find("after the window of 2026-10") != std::string::npos);
    CHECK(count_rows(state.path(), "punch") == 0);
    REQUIRE(post(app, std::string(october) + "/extension",
                 R"({"grant": true, "until": "2026-11-09", "reason": "listrik padam", "legal_basis": "SE 2/2026"})")
                .status == 201);
    CHECK(post(app, uploads, of_october).status == 201);
    CHECK(post(app, dinsos + "/submit", with_reason).text("/moment") == "in_time");

    const TemporaryFolder other_state;
    RunningApp keeping(settings_of(other_state.path()), "2026-11-06T01:00:00Z");
    fill(keeping);
    const auto kept = post(keeping, uploads, of_october);
    CHECK(kept.status == 201);
    CHECK(kept.text("/remarks/0") == "Brought after the window of 2026-10, which is 2026-11-01 to 2026-11-05.");
    CHECK(get(keeping, "/api/v1/uploads").text("/uploads/0/remarks/0").starts_with("Brought after"));
    CHECK(post(keeping, dinsos + "/submit", with_reason).text("/moment") == "late");
}

TEST_CASE("a stick is in time by the months of which it brings something new, never by its newest row") {
    const TemporaryFolder state;
    auto settings = settings_of(state.path());
    settings.periods.outside_window = config::OutsideWindow::refuse;
    RunningApp app(settings, "2026-11-03T01:00:00Z");
    fill(app);
    const auto row = [](const char* pin, const char* time) {
        return fmt::format("{:>9}\t{}\t1\t0\t1\t0\r\n", pin, time);
    };
    const auto bring = [&](const char* serial, const std::string& bytes) {
        return post(app, fmt::format("/api/v1/terminals/{}/uploads", serial), bytes);
    };
    const std::string october_and_november = row("42", "2026-10-30 07:40:00") + row("42", "2026-11-03 07:40:00");
    const auto in_time = bring(office, october_and_november);
    CHECK(in_time.status == 201);
    CHECK(in_time.at("/remarks") == json::array{});

    app.set_now("2026-11-09T01:00:00Z");
    // The whole log again; what it brings is of the month that runs.
    const auto running = bring(office, october_and_november + row("42", "2026-11-09 07:40:00"));
    CHECK(running.status == 201);
    CHECK(running.at("/remarks") == json::array{});
    const std::string forgotten = october_and_november + row("43", "2026-10-30 07:41:00");
    const auto late = bring(office, forgotten + row("43", "2026-11-09 07:41:00"));
    CHECK(late.status == 422);
    CHECK(late.text("/detail").find("after the window of 2026-10, which is 2026-11-01 to 2026-11-05") !=
          std::string::npos);
    SUBCASE("a clock that was wrong changes nothing") {
        CHECK(bring(office, forgotten + row("43", "2099-01-01 07:41:00")).text("/detail").find("of 2026-10,") !=
              std::string::npos);
        const auto impossible =
            bring(office, october_and_november + row("42", "2099-01-01 07:41:00") + row("42", "2000-01-01 00:00:00"));
        CHECK(impossible.status == 201);
        CHECK(impossible.at("/remarks") == json::array{});
    }
    SUBCASE("of several months each is named") {
        const auto both =
            bring(office, forgotten + row("42", "2026-08-31 07:40:00") + row("42", "2026-09-01 07:40:00"));
        CHECK(both.text("/detail").find("2026-11-05, and after those of 2026-08, 2026-09.") != std::string::npos);
    }
    SUBCASE("a longer window of who submits for the unit is its own") {
        CHECK(bring(other, row("44", "2026-10-30 07:41:00")).status == 422);
        REQUIRE(post(app, std::string(october) + "/extension",
                     R"({"grant": true, "until": "2026-11-09", "unit": "camat", "reason": "x", "legal_basis": "SE"})")
                    .status == 201);
        CHECK(bring(other, row("44", "2026-10-30 07:41:00")).status == 201);
        CHECK(bring(office, forgotten).status == 422);
    }
}

TEST_CASE("a month's file comes back without adding anything, its columns are those of a stick") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office,
         line("0042", "2026-10-06 07:40:00") + line("43", "2026-10-06 16:41:00", 1) +
             "A12\t2026-10-07 07:40:00\t255\t15\t7\n");
    push(app, apel, line("42", "2026-10-05 07:30:00"));
    const std::string uploads = fmt::format("/api/v1/terminals/{}/uploads", office);
    const auto attlog =
        http_get(app.admin_port(), fmt::format("/api/v1/exports/2026-10?terminal={}&format=attlog", office));
    CHECK(attlog.body ==
          "     0042\t2026-10-06 07:40:00\t1\t0\t1\t0\r\n"
          "       43\t2026-10-06 16:41:00\t1\t1\t1\t0\r\n"
          "      A12\t2026-10-07 07:40:00\t1\t255\t15\t7\r\n");
    CHECK(attlog.header("Content-Disposition").find("2026-10_TST7240100002_attlog.dat") != std::string::npos);
    const auto again = post(app, uploads, attlog.body);
    CHECK(again.status == 201);
    CHECK(again.at("/new").to_number<int>() == 0);
    // Of several terminals in one file nothing is added either.
    const auto both = http_get(app.admin_port(), "/api/v1/exports/2026-10?unit=dinsos&format=attlog");
    CHECK(both.body.find("\t101\t") != std::string::npos);
    CHECK(both.body.find("\t102\t") != std::string::npos);
    CHECK(post(app, uploads, both.body).status == 422);
    const auto csv = http_get(app.admin_port(), fmt::format("/api/v1/exports/2026-10?terminal={}", office));
    const auto csv_again = post(app, uploads, csv.body);
    CAPTURE(json::serialize(csv_again.body));
    CHECK(csv_again.status == 201);
    CHECK(csv_again.at("/new").to_number<int>() == 0);
    CHECK(csv_again.at("/known").to_number<int>() == 3);
    CHECK(count_rows(state.path(), "punch") == 4);
    CHECK(http_get(app.admin_port(), "/api/v1/exports/2026-10?format=xls").status == 400);
    CHECK(http_get(app.admin_port(), "/api/v1/exports/2026-10?unit=lurah").status == 404);
    CHECK(http_get(app.admin_port(), "/api/v1/exports/2026-10?terminal=TST7240109999").status == 404);
}

TEST_CASE("the report sheet: names, days, in and out, exceptions, hostile names are harmless") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office,
         line("42", "2026-10-06 07:41:10") + line("42", "2026-10-06 16:35:00", 1) + line("42", "2026-10-06 12:00:00"));
    push(app, other, line("42", "2026-10-07 07:42:00"));
    const auto sheet = http_get(app.admin_port(), "/periods/2026-10/dinsos/sheet");
    REQUIRE(sheet.status == 200);
    CHECK(sheet.header("Content-Security-Policy").find("default-src 'none'") != std::string::npos);
    CHECK(sheet.body.find("Ani &lt;b&gt;Uji&lt;/b&gt;") != std::string::npos);
    CHECK(sheet.body.find("<b>Uji") == std::string::npos);
    CHECK(sheet.body.find("Budi Uji") != std::string::npos);
    CHECK(sheet.body.find("07:41<br>16:35") != std::string::npos);
    CHECK(sheet.body.find("mesin lain") != std::string::npos);
    const auto english = http_get(app.admin_port(), "/periods/2026-10/dinsos/sheet?lang=en");
    CHECK(english.body.find("another terminal") != std::string::npos);
    CHECK(http_get(app.admin_port(), "/periods/2026-10/lurah/sheet").status == 404);
}

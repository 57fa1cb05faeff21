#include "daemon/pull/probe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <utility>

#include "daemon/http/client.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::pull {

namespace asio = boost::asio;
using zk4370::FailureKind;
using zk4370::Transport;

namespace {

Outcome ask(const Place& place, std::uint32_t comm_key, Transport transport) {
    asio::io_context io;
    zk4370::PullRequest request;
    request.comm_key = comm_key;
    request.this_year =
        static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(system_now())).year());
    request.patience = std::chrono::seconds(4);
    Visit::Where where{{place}, std::nullopt, transport};
    Visit visit(io, where, request, {});
    Outcome outcome;
    asio::co_spawn(io, visit.run(), [&](const std::exception_ptr&, Outcome found) { outcome = std::move(found); });
    io.run();
    return outcome;
}

std::string http_answer(const std::string& host, std::uint16_t port) {
    http::Question question;
    question.target = "/";
    const auto answer = http::ask(host, port, question, std::chrono::seconds(4));
    return answer ? fmt::format("HTTP {}", answer->status) : std::string();
}

// Somebody is there and speaks the protocol, even if he keeps the log to himself.
bool speaks(const Outcome& outcome) {
    return !outcome.result.serial.empty() ||
           (outcome.result.failure && outcome.result.failure->kind == FailureKind::unauthorized);
}

std::string reason_of(const Outcome& outcome) {
    return outcome.result.failure ? outcome.result.failure->sentence : std::string("It answers.");
}

std::string clock_line(const Outcome& outcome, Zone& computer) {
    const auto& clock = outcome.result.clock;
    if (!clock || !outcome.clock_asked_at) return "not told";
    const auto ahead =
        std::chrono::duration_cast<std::chrono::seconds>(Instant(computer.to_utc(*clock)) - *outcome.clock_asked_at)
            .count();
    return fmt::format("{}, {} s {} this computer's ({})", format_device_time(*clock), ahead < 0 ? -ahead : ahead,
                       ahead < 0 ? "behind" : "ahead of", computer.name());
}

std::string counts_line(const std::optional<zk4370::Counters>& counters) {
    if (!counters) return "not told";
    auto text = fmt::format("{} records, {} users", counters->records, counters->users);
    if (counters->records_capacity) text += fmt::format(", room for {} records", *counters->records_capacity);
    return text;
}

}  // namespace

Probe probe(const Place& place, std::uint32_t comm_key, std::uint16_t http_port) {
    Probe found;
    found.tcp = ask(place, comm_key, Transport::tcp);
    found.udp = ask(place, comm_key, Transport::udp);
    found.http = http_answer(place.host, http_port);
    return found;
}

bool is_terminal(const Probe& probe) { return speaks(probe.tcp) || speaks(probe.udp); }

std::string describe(const Probe& probe, const Place& place, const std::string& comm_key_file, Zone& computer) {
    const bool by_tcp = speaks(probe.tcp);
    const bool by_udp = speaks(probe.udp);
    const Outcome& best = by_tcp ? probe.tcp : probe.udp;
    const auto& result = best.result;
    std::string text = fmt::format("{} port {}, TCP: {}\n{} port {}, UDP: {}\n{} port 80, HTTP: {}\n", place.host,
                                   place.port, by_tcp ? "a terminal answers" : reason_of(probe.tcp), place.host,
                                   place.port, by_udp ? "a terminal answers" : reason_of(probe.udp), place.host,
                                   probe.http.empty() ? "nobody answers" : probe.http);
    if (!by_tcp && !by_udp) {
        return text +
               "\nNo terminal that could be pulled. Look at its menu: is this its address, is its network "
               "cable in, is it in this network, is its port 4370?\n";
    }
    if (result.serial.empty()) {
        return text + "\n" + reason_of(best) +
               "\nIts comm key stands in its menu (Comm. > PC Connection); give it by --comm-key-file.\n";
    }
    const auto known = [](const std::string& told) { return told.empty() ? std::string("not told") : told; };
    text += fmt::format(
        "\nserial    {}\nmodel     {}\nplatform  {}\nfirmware  {}\nMAC       {}\nmemory    {}\nclock     {}\n",
        result.serial, known(result.model), known(result.platform), known(result.firmware), known(result.mac),
        counts_line(result.before), clock_line(best, computer));
    text += fmt::format(
        "\nFor the configuration:\n\npull:\n  networks: [{0}]\nterminals:\n  - serial: {1}\n    pull: {{ address: "
        "{2}{3}{4} }}\n",
        best.endpoint.address.to_string(), result.serial, best.endpoint.address.to_string(),
        place.port == Place{}.port ? std::string() : fmt::format(", port: {}", place.port),
        comm_key_file.empty() ? std::string() : fmt::format(", comm_key_file: \"{}\"", comm_key_file));
    return text;
}

}  // namespace presensi::pull

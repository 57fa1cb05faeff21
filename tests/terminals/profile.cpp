#include "tests/terminals/profile.hpp"

#include <fmt/format.h>

namespace presensi::terminals {

namespace {

std::string request(Profile profile, std::string_view method, const std::string& target, const std::string& body,
                    bool keep_alive) {
    std::string head =
        fmt::format("{} {} {}\r\nHost: 127.0.0.1:8081\r\nUser-Agent: iClock Proxy/1.09\r\nAccept: */*\r\n", method,
                    target, profile == Profile::x100c ? "HTTP/1.0" : "HTTP/1.1");
    head += keep_alive && profile != Profile::x100c ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    if (method == "POST") {
        if (profile == Profile::senseface) head += "Content-Type: text/plain;charset=UTF-8\r\n";
        head += fmt::format("Content-Length: {}\r\n", body.size());
    }
    return head + "\r\n" + body;
}

}  // namespace

std::optional<Profile> profile_of(std::string_view name) {
    if (name == "x100c") return Profile::x100c;
    if (name == "senseface") return Profile::senseface;
    if (name == "mb10") return Profile::mb10;
    return std::nullopt;
}

std::string format_time(std::chrono::local_seconds time, char separator) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), separator,
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::size_t records_per_post(Profile profile) {
    switch (profile) {
        case Profile::x100c:
            return 1;
        case Profile::senseface:
            return 30;
        case Profile::mb10:
            return 128;
    }
    return 1;
}

std::string encode_record(Profile profile, const Record& record) {
    const std::string time = format_time(record.device_time, ' ');
    switch (profile) {
        case Profile::x100c:
            return fmt::format("{}\t{}\t{}\t1\t\t0\t0\t\r\n", record.pin, time, record.state);
        case Profile::senseface:
            return fmt::format("{}\t{}\t255\t15\t0\t0\t0\t0\t0\t0\t\n", record.pin, time);
        case Profile::mb10:
            return fmt::format("{}\t{}\t{}\t15\t0\t0\t0\t0\t0\t0\t{}\n", record.pin, time, record.state,
                               record.sequence);
    }
    return {};
}

std::string handshake_request(Profile profile, const std::string& serial) {
    const bool old = profile == Profile::x100c;
    return request(profile, "GET",
                   fmt::format("/iclock/cdata?SN={}&options=all&language=69&pushver={}&DeviceType={}&PushOptionsFlag=1",
                               serial, old ? "2.4.0" : "2.4.1", old ? "middle%20east" : "att"),
                   "", false);
}

std::string options_request(Profile profile, const std::string& serial) {
    if (profile != Profile::senseface) return {};
    return request(profile, "POST", fmt::format("/iclock/cdata?SN={}&table=options", serial),
                   "FingerFunOn=1,FaceFunOn=1,FWVersion=ZAM70-NF28VA-Ver3.3.12,PushVersion=Ver "
                   "2.0.33S-20220623,UserCount=2,TransactionCount=0",
                   false);
}

std::string poll_request(Profile profile, const std::string& serial, std::size_t records) {
    // The first value of the old family holds a raw blank, as sample 26 does.
    const char* firmware = profile == Profile::x100c ? "Ver 8.0.4.7-20230116" : "ZAM70-NF28VA-Ver3.3.12";
    return request(profile, "GET",
                   fmt::format("/iclock/getrequest?SN={}&INFO={},27,73,{},192.0.2.201,13,40,12,3,11110", serial,
                               firmware, records),
                   "", false);
}

std::string upload_request(Profile profile, const std::string& serial, const std::string& body, bool keep_alive) {
    return request(profile, "POST", fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), body,
                   keep_alive);
}

std::string answer_request(Profile profile, const std::string& serial, const std::string& command, std::size_t records,
                           const std::string& body) {
    return request(profile, "POST",
                   fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999&Count={}&PackCnt=1&PackIdx=1&CmdId={}",
                               serial, records, command),
                   body, false);
}

std::string result_request(Profile profile, const std::string& serial, const std::string& body) {
    return request(profile, "POST", fmt::format("/iclock/devicecmd?SN={}", serial), body, false);
}

std::string columns_of(Profile profile, const Record& record) {
    switch (profile) {
        case Profile::x100c:
            return fmt::format("{} 1", record.state);
        case Profile::senseface:
            return "255 15";
        case Profile::mb10:
            return fmt::format("{} 15", record.state);
    }
    return {};
}

std::string fault_of_options(const std::string& serial, const std::string& block, std::chrono::minutes zone) {
    if (!block.starts_with("GET OPTION FROM: " + serial + "\n")) return "the first line does not name the terminal";
    if (!block.ends_with('\n')) return "the last line has no line end, so its option is lost";
    for (const char* option : {"\nStamp=", "\nATTLOGStamp=", "\nErrorDelay=", "\nDelay=", "\nTransFlag=", "\nTimeZone=",
                               "\nRealtime=1\n", "\nEncrypt=None\n"}) {
        if (block.find(option) == block.npos)
            return fmt::format("the option {} is missing", std::string_view(option).substr(1));
    }
    // Whole hours, or minutes where there are some over (protocol-adms § 2.6).
    const auto value = zone % std::chrono::hours(1) == zone.zero() ? zone.count() / 60 : zone.count();
    if (block.find(fmt::format("\nTimeZone={}\n", value)) == block.npos)
        return fmt::format("TimeZone is not {}, so the clock goes wrong", value);
    return {};
}

}  // namespace presensi::terminals

#pragma once

#include <set>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/http/message.hpp"
#include "daemon/ingest.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/talk/command_queue.hpp"
#include "daemon/terminal_registry.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"

namespace presensi::push {

// The terminal listener: /iclock/* in the ATT dialect of ADMS (protocol-adms §§ 1–4). The ACC dialect is refused, so
// that no pointer moves over punches that we cannot read.
class Routes : public http::Service {
public:
    // All references outlive it.
    Routes(const config::Settings& settings, TerminalRegistry& registry, Ingest& ingest, StoreWorker& worker,
           talk::CommandQueue& commands, Alarms& alarms, Now now);

    // 403 for everything that is not an approved terminal speaking from where it may (architecture 3.9).
    std::optional<http::Response> refuse(const http::Request& head) override;
    std::size_t body_limit(const http::Request& head) override;
    boost::asio::awaitable<http::Response> handle(http::Request request) override;
    http::Response failure(unsigned status, const http::Request& head, std::string_view sentence) override;

    // What is to be said of an upload once it is committed.
    struct Wanted {
        adms::TableKind kind;
        std::size_t lines;  // of its body, as it came
        bool bare;          // OK without a number
    };

private:
    using Reply = boost::asio::awaitable<http::Response>;

    // False: it is somebody else, and was told so.
    bool may_speak(Terminal& terminal, const adms::Target& target, const std::string& peer);
    void note_source(Terminal& terminal, talk::Alternation& turns, const std::string& value);
    void learn(Terminal& terminal, const adms::TerminalFacts& facts);
    Terminal* admit(const adms::Target& target, std::string_view serial, const std::string& peer);
    Reply handle_cdata(Terminal& terminal, const adms::Target& target, http::Request request);
    Reply handle_attlog(Terminal& terminal, adms::Upload upload, const adms::Target& target, http::Request request);
    // OPERLOG, ERRORLOG, USERINFO: what the terminal tells of itself (protocol-adms § 3.4).
    Reply handle_terminal_log(Terminal& terminal, adms::Upload upload, const adms::Target& target,
                              http::Request request, Wanted wanted);
    Delivery begin_delivery(adms::Upload upload, const adms::Target& target, http::Request request) const;
    Reply store(Terminal& terminal, Delivery delivery, Wanted wanted);
    http::Response handle_handshake(Terminal& terminal, const adms::Target& target);
    Reply handle_poll(Terminal& terminal, const adms::Target& target);
    Reply handle_command_results(Terminal& terminal, std::string body);
    // Nothing of it was taken: that it comes late is not the terminal's doing (decision 5).
    http::Response refuse_upload(Terminal& terminal, unsigned status, std::string body);
    http::Response refuse_access_dialect(Terminal& terminal, unsigned status);
    void complain_once(const Terminal& terminal, const std::string& path, std::string_view id,
                       std::string_view message);

    const config::Settings& settings_;
    TerminalRegistry& registry_;
    Ingest& ingest_;
    StoreWorker& worker_;
    talk::CommandQueue& commands_;
    Alarms& alarms_;
    Now now_;
    std::set<std::string> complained_;  // "serial message", bounded
};

}  // namespace presensi::push

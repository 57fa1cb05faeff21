#include "daemon/log.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>

#include "daemon/clock.hpp"
#include "daemon/log_limit.hpp"
#include "daemon/log_line.hpp"
#include "daemon/log_writer.hpp"

namespace presensi::log {

namespace {

constexpr std::size_t most_bytes_waiting = 1024 * 1024;  // of some ten thousand lines
constexpr auto last_words = std::chrono::seconds(1);

struct Log {
    Log(const SetUp& wanted, bool journal)
        : how(wanted), for_journal(journal), writer(wanted.descriptor, most_bytes_waiting, [this](std::uint64_t lines) {
              return line_of(Level::warning, "log.dropped", "lines of the log were lost: it was not read fast enough",
                             {{"lines", lines}});
          }) {}

    std::string line_of(Level level, std::string_view id, std::string_view message, Fields fields) const {
        std::string line(for_journal ? journal_prefix(level) : std::string_view());
        return line + encode_line(how.format, level, system_now(), id, message, fields) + '\n';
    }

    const SetUp how;
    const bool for_journal;
    std::mutex mutex;  // of what follows
    LogLimit limit;
    std::uint64_t limited = 0;
    LogWriter writer;  // has its own
};

// Never destroyed: whoever ends the process may still have something to say.
Log* the_log = nullptr;
std::atomic<std::uint64_t> mistakes_made = 0;

std::string source_of(Fields fields) {
    for (const std::string_view name : {"terminal", "peer", "address"}) {
        for (const auto& field : fields) {
            if (field.name == name && !field.value.empty()) return field.value;
        }
    }
    return {};
}

void write(Level level, std::string_view id, std::string_view message, Fields fields) {
    if (the_log == nullptr || (level == Level::debug && !the_log->how.debug)) return;
    // Who asks for debug asks for all of it.
    const std::string source = level == Level::debug ? std::string() : source_of(fields);
    if (!source.empty()) {
        const std::lock_guard lock(the_log->mutex);
        if (!the_log->limit.admit(source, std::chrono::steady_clock::now())) {
            ++the_log->limited;
            return;
        }
    }
    the_log->writer.add(the_log->line_of(level, id, message, fields));
}

}  // namespace

void set_up(const SetUp& how) {
    the_log = new Log(how, is_journal(how.descriptor, std::getenv("JOURNAL_STREAM")));
    std::set_terminate([] {
        std::string mistake = "unknown";
        try {
            if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
        } catch (const std::exception& known) {
            mistake = known.what();
        } catch (...) {
            // It stays unknown.
        }
        error("daemon.crashed", "a mistake of ours ends the daemon at once", {{"error", mistake}});
        flush(last_words);
        std::abort();
    });
}

void error(std::string_view id, std::string_view message, Fields fields) { write(Level::error, id, message, fields); }
void mistake(std::string_view id, std::string_view message, Fields fields) {
    ++mistakes_made;
    error(id, message, fields);
}
void warn(std::string_view id, std::string_view message, Fields fields) { write(Level::warning, id, message, fields); }
void info(std::string_view id, std::string_view message, Fields fields) { write(Level::info, id, message, fields); }
void debug(std::string_view id, std::string_view message, Fields fields) { write(Level::debug, id, message, fields); }

void tick() {
    if (the_log == nullptr) return;
    std::vector<std::pair<std::string, std::size_t>> denied;
    {
        const std::lock_guard lock(the_log->mutex);
        denied = the_log->limit.take_denied(std::chrono::steady_clock::now());
    }
    for (const auto& [source, lines] : denied) {
        the_log->writer.add(the_log->line_of(Level::warning, "log.limited", "more lines were not written",
                                             {{"terminal", source}, {"lines", lines}}));
    }
}

bool flush(std::chrono::milliseconds patience) { return the_log == nullptr || the_log->writer.flush(patience); }

Counts counts() {
    if (the_log == nullptr) return {};
    const std::lock_guard lock(the_log->mutex);
    return {the_log->writer.written(), the_log->writer.dropped(), the_log->limited};
}

std::uint64_t mistakes() { return mistakes_made; }

}  // namespace presensi::log

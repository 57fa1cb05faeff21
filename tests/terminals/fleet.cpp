#include "tests/terminals/fleet.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <utility>

#include "tests/terminals/command.hpp"

namespace presensi::terminals {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// The windows of the regulation: Perbup Balangan 32/2020 ps. 4(3), and the hour before them.
constexpr auto opens = 7h;
constexpr auto peak = 7h + 50min;
constexpr auto closes = 8h + 5min;
constexpr auto outage_begins = 7h + 40min;
constexpr std::chrono::seconds poll_every{10};  // protocol-adms § 2.3, Delay

// splitmix64: the same history for the same seed on every machine.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

double unit_random(std::uint64_t& state) { return static_cast<double>(next_random(state) >> 11) * 0x1.0p-53; }

// Triangular between opening and closing.
std::chrono::seconds arrival(std::uint64_t& state) {
    const double width = std::chrono::duration<double>(closes - opens).count();
    const double mode = std::chrono::duration<double>(peak - opens).count() / width;
    const double u = unit_random(state);
    const double x = u < mode ? std::sqrt(u * mode) : 1 - std::sqrt((1 - u) * (1 - mode));
    return opens + std::chrono::seconds(static_cast<long>(x * width));
}

std::string key_of(std::string_view pin) {
    while (pin.size() > 1 && pin.front() == '0') pin.remove_prefix(1);
    return std::string(pin);
}

constexpr auto carried_away = 7h + 5min;

}  // namespace

std::string serial_of(const FleetOptions& options, int terminal) {
    return fmt::format("{}{:05}", options.serial_prefix, terminal);
}

class Fleet::Terminal {
public:
    Terminal(Fleet& fleet, int number)
        : fleet_(fleet),
          options_(fleet.options_),
          number_(number),
          serial_(serial_of(options_, number)),
          profile_(options_.profiles[static_cast<std::size_t>(number) % options_.profiles.size()]),
          random_(options_.seed * 1'000'003 + static_cast<std::uint64_t>(number)),
          client_(fleet.io_, servers(), source()),
          poll_client_(fleet.io_, servers(), source()),
          next_poll_(fleet.io_) {
        plan();
    }

    asio::awaitable<void> run();
    asio::awaitable<void> run_polls();
    void wake_poller() { next_poll_.cancel(); }
    void set_clock(std::chrono::seconds ahead) { clock_error_ = ahead; }

private:
    struct Planned {
        std::chrono::seconds due;  // since midnight
        Record record;
    };

    std::vector<Url> servers() const {
        if (!options_.other_server) return {options_.server};
        if (number_ % 2 == 0) return {options_.server, *options_.other_server};
        return {*options_.other_server, options_.server};
    }
    std::string source() const {
        if (options_.sources <= 1) return {};
        return fmt::format("127.0.0.{}", 2 + number_ % options_.sources);
    }
    void plan();
    Planned plan_one(std::chrono::seconds due, int employee);
    std::chrono::seconds clock_error();
    bool create_due();
    bool more_to_come() const;
    bool is_away() const;
    bool is_absent() const {
        return options_.scenario == Scenario::portable && number_ >= options_.terminals - options_.absent;
    }
    std::chrono::seconds now() const;
    asio::awaitable<void> pause(std::chrono::milliseconds time);
    asio::awaitable<bool> shake_hands();
    asio::awaitable<void> deliver();
    asio::awaitable<void> obey(HeardCommand command);
    asio::awaitable<std::size_t> send_again(HeardCommand command);
    asio::awaitable<void> send_results();
    std::vector<Record> records_of(const HeardCommand& command) const;
    bool judge(const Answer& answer, std::size_t lines);
    void heed_refusal(const Answer& answer);

    Fleet& fleet_;
    const FleetOptions& options_;
    int number_;
    std::string serial_;
    Profile profile_;
    std::uint64_t random_;
    HttpClient client_;
    HttpClient poll_client_;
    asio::steady_timer next_poll_;
    bool shaken_ = false;
    std::vector<Planned> planned_;       // by due time
    std::size_t created_ = 0;            // of planned_, or in all with trickle
    std::deque<Record> memory_;          // not acknowledged yet, and sent by itself
    std::vector<Record> log_;            // everything
    std::map<std::string, int> obeyed_;  // by the id of the command
    std::deque<std::string> results_;    // not taken yet
    long sequence_ = 10'000;
    std::chrono::seconds clock_error_{0};
};

std::chrono::seconds Fleet::Terminal::clock_error() {
    if (static_cast<int>(next_random(random_) % 100) >= options_.faults.clock) return 0s;
    const auto today = options_.date.time_since_epoch();
    switch (next_random(random_) % 3) {
        case 0:
            return std::chrono::local_days{std::chrono::year{2099} / 1 / 1}.time_since_epoch() - today;
        case 1:
            return std::chrono::local_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch() - today;
        default:
            return -30min;
    }
}

Fleet::Terminal::Planned Fleet::Terminal::plan_one(std::chrono::seconds due, int employee) {
    Record record;
    record.device_time = options_.date + due + clock_error_;
    // One in ten writes its PIN with leading zeros.
    record.pin = employee % 10 == 0 ? fmt::format("{:09}", employee) : std::to_string(employee);
    record.state = static_cast<int>(next_random(random_) % 6);
    record.sequence = ++sequence_;
    return {due, record};
}

void Fleet::Terminal::plan() {
    clock_error_ = clock_error();
    if (is_absent()) return;
    if (options_.scenario == Scenario::morning || options_.scenario == Scenario::portable) {
        for (int employee = number_; employee < options_.employees; employee += options_.terminals) {
            planned_.push_back(plan_one(arrival(random_), employee + 1));
        }
    } else if (options_.scenario == Scenario::catch_up) {
        for (int i = 0; i < options_.records; ++i) {
            planned_.push_back(
                plan_one(std::chrono::seconds(i - 86'400),
                         1 + static_cast<int>(next_random(random_) % static_cast<std::uint64_t>(options_.employees))));
        }
    }
    std::stable_sort(planned_.begin(), planned_.end(),
                     [](const Planned& a, const Planned& b) { return a.due < b.due; });
}

// Simulated seconds since midnight.
std::chrono::seconds Fleet::Terminal::now() const {
    const auto passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - fleet_.started_).count();
    return options_.begins + std::chrono::seconds(static_cast<long>(passed * options_.speed));
}

bool Fleet::Terminal::more_to_come() const {
    if (!fleet_.creating_) return false;
    return options_.scenario == Scenario::trickle || created_ < planned_.size();
}

// Creates what is due; false if there was nothing.
bool Fleet::Terminal::create_due() {
    bool any = false;
    const auto make = [&](const Record& record) {
        fleet_.ledger_.create(
            {serial_, format_time(record.device_time, 'T'), key_of(record.pin)},
            fmt::format("{} {}Z", columns_of(profile_, record), format_time(record.device_time - options_.zone, 'T')));
        log_.push_back(record);
        if (!options_.forgets_outage || !is_away()) memory_.push_back(record);
        ++created_;
        any = true;
    };
    if (options_.scenario == Scenario::trickle) {
        // As fast as it goes: a few whenever the memory is empty. Else in step, but not all terminals at once.
        const auto first = options_.begins + options_.trickle_every * number_ / options_.terminals;
        const auto wanted = options_.speed > 0
                                ? static_cast<std::size_t>(std::max(now() - first, 0s) / options_.trickle_every)
                                : created_ + (memory_.empty() ? 1 + next_random(random_) % 5 : 0);
        while (more_to_come() && created_ < wanted) {
            const auto employee =
                1 + static_cast<int>(next_random(random_) % static_cast<std::uint64_t>(options_.employees));
            make(plan_one(first + options_.trickle_every * static_cast<long>(created_), employee).record);
        }
        return any;
    }
    while (more_to_come() && (options_.speed == 0 || planned_[created_].due <= now())) make(planned_[created_].record);
    return any;
}

bool Fleet::Terminal::is_away() const {
    if (options_.scenario == Scenario::portable) {
        return now() >= carried_away && (is_absent() || now() < options_.delivers_at);
    }
    if (options_.outage == 0s || number_ % options_.outage_every != 0 || options_.speed == 0) return false;
    const auto time = now();
    return time >= outage_begins && time < outage_begins + options_.outage;
}

asio::awaitable<void> Fleet::Terminal::pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(fleet_.io_, time);
    co_await timer.async_wait(no_throw);
}

asio::awaitable<bool> Fleet::Terminal::shake_hands() {
    std::string hello = handshake_request(profile_, serial_);
    const Answer answer = co_await client_.exchange(std::move(hello));
    if (answer.status != 200) co_return false;
    if (const auto fault = fault_of_options(serial_, answer.body, options_.zone); !fault.empty()) {
        fleet_.complain(&Totals::bad_options, serial_ + ": " + fault);
    }
    std::string options = options_request(profile_, serial_);
    if (!options.empty()) {
        const Answer taken = co_await client_.exchange(std::move(options));
        co_return taken.status == 200 && taken.body == "OK";
    }
    co_return true;
}

// Exactly what a terminal takes for success (protocol-adms § 1.3).
bool Fleet::Terminal::judge(const Answer& answer, std::size_t lines) {
    if (answer.status == 0) {
        fleet_.count(&Totals::no_answer);
        return false;
    }
    heed_refusal(answer);
    if (answer.status != 200 || !answer.body.starts_with("OK")) {
        fleet_.count(&Totals::refused);
        return false;
    }
    if (answer.body != fmt::format("OK: {}", lines)) {
        fleet_.complain(&Totals::wrong_count, fmt::format("{}: '{}' to {} lines", serial_, answer.body, lines));
    }
    return true;
}

// A terminal that is told so forgets that it was connected, and begins with the handshake (protocol-adms § 1.3, 2.7).
void Fleet::Terminal::heed_refusal(const Answer& answer) {
    if (answer.status == 403 || answer.body.starts_with("UNKNOWN DEVICE")) shaken_ = false;
}

asio::awaitable<void> Fleet::Terminal::deliver() {
    const auto most = options_.batch > 0 ? static_cast<std::size_t>(options_.batch) : records_per_post(profile_);
    const std::size_t lines = std::min(memory_.size(), most);
    std::string body;
    for (std::size_t i = 0; i < lines; ++i) body += encode_record(profile_, memory_[i]);
    const std::string request = upload_request(profile_, serial_, body, options_.keep_alive);
    fleet_.count(&Totals::posts);
    if (fleet_.happens(options_.faults.cut)) {
        fleet_.count(&Totals::cut);
        co_await client_.hang_up_after(request, request.size() - 1 - next_random(random_) % body.size());
        co_return;
    }
    if (fleet_.happens(options_.faults.lost)) {
        fleet_.count(&Totals::lost);
        co_await client_.hang_up_after(request, request.size());
        co_return;
    }
    const auto sent = std::chrono::steady_clock::now();
    const Answer answer = co_await client_.exchange(request);
    if (!judge(answer, lines)) {
        co_await pause(options_.error_delay);
        co_return;
    }
    {
        const std::lock_guard lock(fleet_.mutex_);
        ++fleet_.totals_.acknowledged;
        fleet_.totals_.milliseconds.push_back(
            std::chrono::duration<float, std::milli>(std::chrono::steady_clock::now() - sent).count());
    }
    for (std::size_t i = 0; i < lines; ++i) {
        fleet_.ledger_.acknowledge(
            {serial_, format_time(memory_.front().device_time, 'T'), key_of(memory_.front().pin)});
        memory_.pop_front();
    }
    if (fleet_.happens(options_.faults.duplicate)) {
        fleet_.count(&Totals::duplicates);
        const Answer again = co_await client_.exchange(request);
        judge(again, lines);
    }
}

asio::awaitable<void> Fleet::Terminal::run() {
    bool creator = true;
    while (fleet_.running_) {
        const bool created = create_due();
        if (creator && !more_to_come()) {
            creator = false;
            --fleet_.creators_;
        }
        if (!creator && !options_.stay && memory_.empty()) break;
        if (is_away()) {
            shaken_ = false;
            if (options_.scenario == Scenario::portable && number_ < options_.moved) {
                client_.come_from(fmt::format("127.0.1.{}", 1 + number_));
                poll_client_.come_from(fmt::format("127.0.1.{}", 1 + number_));
            }
            co_await pause(20ms);
        } else if (!shaken_) {
            shaken_ = co_await shake_hands();
            if (!shaken_) co_await pause(options_.error_delay);
        } else if (!memory_.empty()) {
            co_await deliver();
        } else if (!created) {
            co_await pause(options_.idle);
        }
    }
    if (creator) --fleet_.creators_;
    --fleet_.active_;
    fleet_.one_is_through();
}

std::vector<Record> Fleet::Terminal::records_of(const HeardCommand& command) const {
    std::vector<Record> records;
    for (const auto& record : log_) {
        const std::string time = format_time(record.device_time, ' ');
        if (time >= command.first && time <= command.last) records.push_back(record);
    }
    return records;
}

asio::awaitable<void> Fleet::Terminal::obey(HeardCommand command) {
    fleet_.count(&Totals::commands);
    if (++obeyed_[command.id] > 1 && !is_harmless_twice(command)) {
        fleet_.complain(&Totals::commands_twice, fmt::format("{}: {} ran twice", serial_, command.verb));
    }
    const auto& unknown = options_.unknown_commands;
    const std::string words = command.verb.substr(0, command.verb.rfind(' '));
    if (std::find(unknown.begin(), unknown.end(), command.verb) != unknown.end()) {
        results_.push_back(fmt::format("ID={}&Return=-1002&CMD={}\n", command.id, words));
    } else if (command.verb == "REBOOT") {
        // What it had to say is gone, and so is what it was told.
        results_.clear();
        shaken_ = false;
    } else if (command.verb == "VERIFY SUM ATTLOG") {
        results_.push_back(fmt::format("ID={}&Return=0&CMD=VERIFY SUM&StartTime={}&EndTime={}&AttlogSum={}\n",
                                       command.id, command.first, command.last, records_of(command).size()));
    } else if (command.verb == "DATA QUERY ATTLOG") {
        const std::size_t sent = co_await send_again(command);
        results_.push_back(fmt::format("ID={}&Return={}&CMD=DATA\n", command.id, sent));
    } else if (command.verb == "INFO") {
        results_.push_back(fmt::format("ID={}&Return=0&CMD=INFO\n~DeviceName=SIM\nMAC=00:17:61:00:{:02x}:{:02x}\n",
                                       command.id, number_ / 256 % 256, number_ % 256));
    } else {
        if (command.verb == "CHECK") shaken_ = false;
        results_.push_back(fmt::format("ID={}&Return=0&CMD={}\n", command.id, words));
    }
}

asio::awaitable<std::size_t> Fleet::Terminal::send_again(HeardCommand command) {
    constexpr std::size_t at_once = 128;
    const std::vector<Record> records = records_of(command);
    std::size_t sent = 0;
    while (sent < records.size() && fleet_.running_) {
        const std::size_t lines = std::min(at_once, records.size() - sent);
        std::string body;
        for (std::size_t i = 0; i < lines; ++i) body += encode_record(profile_, records[sent + i]);
        std::string request = answer_request(profile_, serial_, command.id, records.size(), body);
        const Answer answer = co_await poll_client_.exchange(std::move(request));
        if (!judge(answer, lines)) {
            co_await pause(options_.error_delay);
            continue;
        }
        for (std::size_t i = 0; i < lines; ++i) {
            fleet_.count(&Totals::sent_again);
            const Record& record = records[sent + i];
            fleet_.ledger_.acknowledge({serial_, format_time(record.device_time, 'T'), key_of(record.pin)});
        }
        sent += lines;
    }
    co_return sent;
}

asio::awaitable<void> Fleet::Terminal::send_results() {
    std::string body;
    for (const auto& result : results_) body += result;
    const std::size_t sent = results_.size();
    std::string request = result_request(profile_, serial_, body);
    if (fleet_.happens(options_.faults.lost_result)) {
        const std::size_t all = request.size();
        co_await poll_client_.hang_up_after(std::move(request), all);
        co_return;
    }
    const Answer answer = co_await poll_client_.exchange(std::move(request));
    if (answer.status != 200 || answer.body != "OK") co_return;
    for (std::size_t i = 0; i < sent && !results_.empty(); ++i) {
        results_.pop_front();
        fleet_.count(&Totals::results);
    }
}

// Terminals poll also while they upload (protocol-adms § 6, 31).
asio::awaitable<void> Fleet::Terminal::run_polls() {
    const double seconds = options_.speed > 0 ? static_cast<double>(poll_every.count()) / options_.speed : 0;
    const auto every = std::chrono::milliseconds(static_cast<long>(std::max(seconds, 0.2) * 1000));
    auto wait = every * (number_ + 1) / options_.terminals;  // not all at once
    while (fleet_.delivering_ > 0) {
        next_poll_.expires_after(wait);
        wait = every;
        co_await next_poll_.async_wait(no_throw);
        if (fleet_.delivering_ == 0) break;
        if (is_away()) continue;
        std::string poll = poll_request(profile_, serial_, log_.size());
        if (fleet_.happens(options_.faults.poll)) {
            const std::size_t all = poll.size();
            co_await poll_client_.hang_up_after(std::move(poll), all);
            continue;
        }
        const Answer answer = co_await poll_client_.exchange(std::move(poll));
        heed_refusal(answer);
        if (answer.status != 200) continue;
        fleet_.count(&Totals::polls);
        std::string complaint;
        const std::vector<HeardCommand> commands = read_commands(answer.body, complaint);
        if (!complaint.empty()) fleet_.complain(&Totals::bad_polls, fmt::format("{}: {}", serial_, complaint));
        for (const auto& command : commands) co_await obey(command);
        if (!results_.empty() && !fleet_.happens(options_.faults.late_result)) co_await send_results();
    }
    --fleet_.active_;
}

Fleet::Fleet(asio::io_context& io, FleetOptions options)
    : io_(io), options_(std::move(options)), random_(options_.seed), started_(std::chrono::steady_clock::now()) {
    for (int i = 0; i < options_.terminals; ++i) terminals_.push_back(std::make_unique<Terminal>(*this, i));
    creators_ = options_.terminals;
}

Fleet::~Fleet() = default;

void Fleet::start() {
    started_ = std::chrono::steady_clock::now();
    delivering_ = options_.terminals;
    for (const auto& terminal : terminals_) {
        active_ += 2;
        asio::co_spawn(io_, terminal->run(), asio::detached);
        asio::co_spawn(io_, terminal->run_polls(), asio::detached);
    }
}

// Nobody waits for the next poll when there is nothing left to deliver.
void Fleet::one_is_through() {
    if (--delivering_ > 0) return;
    for (const auto& terminal : terminals_) terminal->wake_poller();
}

void Fleet::set_clock(int terminal, std::chrono::seconds ahead) {
    asio::post(io_, [this, terminal, ahead] { terminals_[static_cast<std::size_t>(terminal)]->set_clock(ahead); });
}

bool Fleet::settled() const { return creators_ == 0 && ledger_.open() == 0; }

Totals Fleet::totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
}

void Fleet::count(std::uint64_t Totals::*counter) {
    const std::lock_guard lock(mutex_);
    ++(totals_.*counter);
}

void Fleet::complain(std::uint64_t Totals::*counter, const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++(totals_.*counter);
    if (totals_.first_complaint.empty()) totals_.first_complaint = what;
}

bool Fleet::happens(int percent) { return static_cast<int>(next_random(random_) % 100) < percent; }

}  // namespace presensi::terminals

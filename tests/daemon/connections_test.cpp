#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "daemon/http/connections.hpp"
#include "daemon/http/session.hpp"

using namespace presensi::http;
using boost::asio::ip::tcp;

namespace {

struct Guest {
    Guest(boost::asio::io_context& io, Connections& table, const std::string& address)
        : socket(io), entry(table, socket, address) {
        socket.open(tcp::v4());
    }
    bool is_open() const { return socket.is_open(); }
    tcp::socket socket;
    Connections::Entry entry;
};

const auto later = Steady::now() + std::chrono::hours(1);

}  // namespace

TEST_CASE("at the limit of an address the one that waited longest makes room") {
    boost::asio::io_context io;
    Connections table({100, 3});
    std::vector<std::unique_ptr<Guest>> guests;
    for (int i = 0; i < 3; ++i) guests.push_back(std::make_unique<Guest>(io, table, "10.0.0.1"));
    guests[1]->entry.wait_until(later);
    guests[2]->entry.wait_until(later);

    CHECK(table.make_room("10.0.0.2"));
    CHECK(guests[1]->is_open());
    CHECK(table.make_room("10.0.0.1"));
    CHECK_FALSE(guests[1]->is_open());
    CHECK(guests[2]->is_open());
    CHECK(table.make_room("10.0.0.1"));
    CHECK_FALSE(guests[2]->is_open());
    CHECK(guests[0]->is_open());
    CHECK_FALSE(table.make_room("10.0.0.1"));  // the one left is at work
    CHECK(table.evicted() == 2);
}

TEST_CASE("at the total limit any waiting one makes room, one at work never") {
    boost::asio::io_context io;
    Connections table({2, 2});
    Guest busy(io, table, "10.0.0.1");
    Guest waiting(io, table, "10.0.0.2");
    busy.entry.work();
    waiting.entry.wait_until(later);
    CHECK(table.make_room("10.0.0.3"));
    CHECK_FALSE(waiting.is_open());
    CHECK(busy.is_open());
    CHECK_FALSE(table.make_room("10.0.0.3"));
}

TEST_CASE("who has a request is waiting no more, who leaves is forgotten") {
    boost::asio::io_context io;
    Connections table({10, 1});
    {
        Guest guest(io, table, "10.0.0.1");
        guest.entry.wait_until(later);
        guest.entry.work_until(later);
        CHECK_FALSE(table.make_room("10.0.0.1"));
        guest.entry.wait_until(later);
        guest.entry.wait_until(later);
    }
    CHECK(table.size() == 0);
    CHECK(table.make_room("10.0.0.1"));
    CHECK(table.evicted() == 0);
}

TEST_CASE("deadlines and the polite stop") {
    boost::asio::io_context io;
    Connections table({10, 10});
    const auto now = Steady::now();
    Guest slow(io, table, "10.0.0.1");
    Guest good(io, table, "10.0.0.1");
    Guest at_work(io, table, "10.0.0.1");
    slow.entry.wait_until(now);
    good.entry.wait_until(now + std::chrono::seconds(1));
    at_work.entry.work();
    table.close_overdue(now);
    CHECK_FALSE(slow.is_open());
    CHECK(good.is_open());
    table.close_waiting();
    CHECK_FALSE(good.is_open());
    CHECK(at_work.is_open());
    at_work.entry.wait_until(later);  // its request is done, and we are stopping
    CHECK_FALSE(at_work.is_open());
}

TEST_CASE("T08 the last fifth of the connections at work is for live punches") {
    boost::asio::io_context io;
    Connections table({10, 10});
    std::vector<std::unique_ptr<Guest>> guests;
    const auto add = [&] { guests.push_back(std::make_unique<Guest>(io, table, "10.0.0.1")); };
    for (int i = 0; i < 8; ++i) add();
    for (const auto& guest : guests) guest->entry.work();
    CHECK_FALSE(table.is_crowded(guests.back()->entry));  // seven beside the one that asks
    add();
    guests.back()->entry.receive_until(later);
    CHECK(table.is_crowded(guests.back()->entry));
    guests.back()->entry.work();
    CHECK(table.is_crowded(guests.back()->entry));
    guests.front()->entry.wait_until(later);
    CHECK_FALSE(table.is_crowded(guests.back()->entry));  // one that waits may be closed
    CHECK_FALSE(table.is_nearly_full());
    add();
    CHECK(table.is_nearly_full());
    CHECK(table.evict_longest_waiting());
    CHECK_FALSE(guests.front()->is_open());
    CHECK_FALSE(table.evict_longest_waiting());
}

TEST_CASE("T08 who is alone while its body comes is no crowd") {
    boost::asio::io_context io;
    Connections table({10, 10});
    Guest alone(io, table, "10.0.0.1");
    alone.entry.receive_until(later);
    CHECK_FALSE(table.is_crowded(alone.entry));
    alone.entry.work();
    CHECK_FALSE(table.is_crowded(alone.entry));
}

TEST_CASE("T08 when memory for bodies becomes little: files first, then histories, live punches last") {
    constexpr std::size_t KiB = 1024;
    constexpr std::size_t large = 100 * KiB;
    BodyBudget budget(1000 * KiB);
    std::vector<std::unique_ptr<BodyBudget::Share>> shares;
    const auto take = [&](std::size_t bytes, bool is_file) {
        auto share = std::make_unique<BodyBudget::Share>(budget);
        if (is_file) share->is_file();
        const bool got = share->grow_to(bytes);
        if (got) shares.push_back(std::move(share));
        return got;
    };
    int files = 0;
    while (take(large, true)) ++files;
    CHECK(files == 6);
    int histories = 0;
    while (take(large, false)) ++histories;
    CHECK(histories == 2);
    int live = 0;
    while (take(16 * KiB, false)) ++live;
    CHECK(live == 12);
    CHECK(budget.is_tight());
    shares.clear();
    CHECK(budget.used() == 0);
    CHECK_FALSE(budget.is_tight());
    // Whatever one body may be is possible, also beside live ones.
    CHECK(take(10 * KiB, false));
    CHECK(take(950 * KiB, false));
    CHECK_FALSE(take(20 * KiB, false));
    CHECK(take(16 * KiB, false));
    CHECK_FALSE(take(100 * KiB, true));
    // One that grows is counted once.
    shares.clear();
    BodyBudget::Share growing(budget);
    for (std::size_t size = KiB; size <= 800 * KiB; size += KiB) CHECK(growing.grow_to(size));
    CHECK(budget.used() == 800 * KiB);
}

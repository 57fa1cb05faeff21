#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "daemon/http/connections.hpp"

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

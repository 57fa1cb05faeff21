#pragma once
// The connections of one listener: how many there are, who waits, and when each has to be done. Lives on the I/O
// thread.

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <string>

namespace presensi::http {

using Steady = std::chrono::steady_clock;

class Connections {
public:
    struct Limits {
        std::size_t total;
        std::size_t per_address;
    };

    // One open connection; leaves the table when it is destroyed. The socket must outlive it.
    class Entry {
    public:
        Entry(Connections& table, boost::asio::ip::tcp::socket& socket, std::string address);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        // No complete request head is there yet: the connection may be closed to make room, and is when we stop.
        void wait_until(Steady::time_point deadline);
        // A body is being read: as above, but a stop lets it finish. Each call is progress: who has made none for the
        // longest time makes room first.
        void receive_until(Steady::time_point deadline);
        // A request is being handled or answered.
        void work_until(Steady::time_point deadline);
        // The store or a handler has it: no deadline of ours.
        void work() { work_until(Steady::time_point::max()); }

        const std::string& address() const { return address_; }

    private:
        friend class Connections;
        void enter_waiting();
        void leave_waiting();

        Connections& table_;
        boost::asio::ip::tcp::socket& socket_;
        std::string address_;
        Steady::time_point deadline_ = Steady::time_point::max();
        bool waiting_ = false;        // in the lists of those who may have to make room
        bool receiving_ = false;      // … although a body is under way
        Steady::time_point since_{};  // in the lists since
        std::list<Entry*>::iterator place_;
        std::list<Entry*>::iterator waiting_place_;
        std::list<Entry*>::iterator waiting_place_of_address_;
    };

    explicit Connections(Limits limits) : limits_(limits) {}
    // For those that come from now on.
    void set_limits(Limits limits) { limits_ = limits; }

    // Room for one more of this address? At a limit the connection that has waited longest without a complete request
    // (of that address, or of all) is closed for it, so that slow ones never keep a queue of good ones out. False: all
    // are at work; refuse the new one.
    bool make_room(const std::string& address);

    // Closes the connection that has waited longest; false: none waits.
    bool evict_longest_waiting();

    // Four fifths of all there may be are at work besides the one that asks: the rest is for live punches.
    bool is_crowded(const Entry& asking) const {
        const std::size_t at_work = all_.size() - waiting_.size() - (asking.waiting_ ? 0 : 1);
        return at_work * 5 >= limits_.total * 4;
    }
    // Nobody keeps a connection for later now.
    bool is_nearly_full() const { return all_.size() * 100 > limits_.total * 92; }

    // Ends the body that has made no progress for the longest time, if that is at least `patience`.
    void evict_stalled(Steady::duration patience);

    void close_overdue(Steady::time_point now);
    void close_waiting();  // and every connection from now on as soon as it waits
    void close_all();

    std::size_t size() const { return all_.size(); }
    bool stopping() const { return stopping_; }
    std::size_t evicted() const { return evicted_; }

private:
    struct Address {
        std::size_t open = 0;
        std::list<Entry*> waiting;  // longest first
    };

    void evict(Entry& entry);

    Limits limits_;
    std::list<Entry*> all_;
    std::list<Entry*> waiting_;  // longest first
    std::map<std::string, Address> addresses_;
    std::size_t evicted_ = 0;
    bool stopping_ = false;
};

}  // namespace presensi::http

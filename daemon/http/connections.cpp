#include "daemon/http/connections.hpp"

namespace presensi::http {

namespace {

void close_socket(boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.close(ignored);
}

}  // namespace

Connections::Entry::Entry(Connections& table, boost::asio::ip::tcp::socket& socket, std::string address)
    : table_(table), socket_(socket), address_(std::move(address)) {
    place_ = table_.all_.insert(table_.all_.end(), this);
    ++table_.addresses_[address_].open;
}

Connections::Entry::~Entry() {
    leave_waiting();
    table_.all_.erase(place_);
    const auto found = table_.addresses_.find(address_);
    if (--found->second.open == 0) table_.addresses_.erase(found);
}

void Connections::Entry::wait_until(Steady::time_point deadline) {
    deadline_ = deadline;
    if (table_.stopping_) return close_socket(socket_);
    if (waiting_ && !receiving_) return;
    leave_waiting();
    enter_waiting();
}

void Connections::Entry::receive_until(Steady::time_point deadline) {
    deadline_ = deadline;
    leave_waiting();
    enter_waiting();
    receiving_ = true;
}

void Connections::Entry::enter_waiting() {
    waiting_ = true;
    since_ = Steady::now();
    waiting_place_ = table_.waiting_.insert(table_.waiting_.end(), this);
    auto& of_address = table_.addresses_[address_].waiting;
    waiting_place_of_address_ = of_address.insert(of_address.end(), this);
}

void Connections::Entry::work_until(Steady::time_point deadline) {
    deadline_ = deadline;
    leave_waiting();
}

void Connections::Entry::leave_waiting() {
    if (!waiting_) return;
    waiting_ = false;
    receiving_ = false;
    table_.waiting_.erase(waiting_place_);
    table_.addresses_[address_].waiting.erase(waiting_place_of_address_);
}

void Connections::evict(Entry& entry) {
    ++evicted_;
    entry.leave_waiting();
    close_socket(entry.socket_);
}

bool Connections::make_room(const std::string& address) {
    const auto found = addresses_.find(address);
    if (found != addresses_.end() && found->second.open >= limits_.per_address) {
        if (found->second.waiting.empty()) return false;
        evict(*found->second.waiting.front());
    } else if (all_.size() >= limits_.total) {
        if (waiting_.empty()) return false;
        evict(*waiting_.front());
    }
    return true;
}

bool Connections::evict_longest_waiting() {
    if (waiting_.empty()) return false;
    evict(*waiting_.front());
    return true;
}

void Connections::evict_stalled(Steady::duration patience) {
    const auto now = Steady::now();
    for (Entry* entry : waiting_) {
        if (now - entry->since_ < patience) return;
        if (entry->receiving_) return evict(*entry);
    }
}

void Connections::close_overdue(Steady::time_point now) {
    for (Entry* entry : all_) {
        if (entry->deadline_ <= now) close_socket(entry->socket_);
    }
}

void Connections::close_waiting() {
    stopping_ = true;
    for (Entry* entry : waiting_) {
        if (!entry->receiving_) close_socket(entry->socket_);
    }
}

void Connections::close_all() {
    stopping_ = true;
    for (Entry* entry : all_) close_socket(entry->socket_);
}

}  // namespace presensi::http

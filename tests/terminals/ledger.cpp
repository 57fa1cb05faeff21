#include "tests/terminals/ledger.hpp"

namespace presensi::terminals {

void Ledger::create(Key key, std::string detail) {
    const std::lock_guard lock(mutex_);
    details_.try_emplace(key, std::move(detail));
    created_.insert(std::move(key));
}

void Ledger::acknowledge(const Key& key) {
    const std::lock_guard lock(mutex_);
    acknowledged_.insert(key);
}

std::set<Key> Ledger::created() const {
    const std::lock_guard lock(mutex_);
    return created_;
}

std::set<Key> Ledger::acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

Details Ledger::details() const {
    const std::lock_guard lock(mutex_);
    return details_;
}

std::size_t Ledger::count_created() const {
    const std::lock_guard lock(mutex_);
    return created_.size();
}

std::size_t Ledger::count_acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
}

std::size_t Ledger::open() const {
    const std::lock_guard lock(mutex_);
    return created_.size() - acknowledged_.size();
}

}  // namespace presensi::terminals

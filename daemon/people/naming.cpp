#include "daemon/people/naming.hpp"

#include <chrono>

#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::people {

Named Naming::name(const storage::FeedRow& punch) {
    Named named;
    const auto time = decode_device_time(punch.device_time);
    if (!time) return named;
    const auto day = std::chrono::floor<std::chrono::days>(*time);
    named.person = directory_->person_of(punch.serial, pin_key(punch.pin), day);
    if (named.person == nullptr) return named;
    named_.insert(named.person->id);
    named.unit = directory_->unit_of(named.person->id, day);
    named.wrong_terminal = !directory_->is_expected(named.person->id, punch.serial, *time);
    return named;
}

}  // namespace presensi::people

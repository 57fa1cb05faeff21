#include "daemon/pull/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/pull/file.hpp"
#include "daemon/pull/record.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::pull {

namespace asio = boost::asio;

namespace {

using Read = std::variant<std::string, FileContent>;  // the sentence comes first, so that it can be made

Imported refused(const Terminal& terminal, std::string sentence) {
    log::warn("a file was refused", {{"terminal", terminal.row.serial}, {"reason", sentence}});
    Imported imported;
    imported.refusal = std::move(sentence);
    return imported;
}

}  // namespace

asio::awaitable<Imported> import_file(const Corridor& corridor, Terminal& terminal, std::string bytes,
                                      std::string peer) {
    // On the storage thread: a hundred thousand records must not hold up a terminal.
    auto decode = [bytes = std::move(bytes)](StoreWorker::Reader) {
        auto content = decode_file(bytes);
        if (auto* sentence = std::get_if<std::string>(&content)) return Read(std::move(*sentence));
        return Read(std::get<FileContent>(std::move(content)));
    };
    Read read = co_await corridor.worker.read(std::move(decode));
    if (auto* sentence = std::get_if<std::string>(&read)) co_return refused(terminal, std::move(*sentence));
    FileContent content = std::get<FileContent>(std::move(read));
    if (content.serial != terminal.row.serial) {
        co_return refused(terminal,
                          fmt::format("This file is of terminal {}, not of {}.", content.serial, terminal.row.serial));
    }
    Imported imported;
    Delivery delivery = delivery_of(std::move(content.attendance), Road::upload, content.how);
    delivery.peer = peer;
    delivery.received_at = corridor.now();
    imported.lines = delivery.punches.size() + delivery.rejects.size();
    imported.rejects = delivery.rejects.size();
    if (!delivery.punches.empty()) {
        const auto [first, last] =
            std::minmax_element(delivery.punches.begin(), delivery.punches.end(),
                                [](const auto& a, const auto& b) { return a.device_time < b.device_time; });
        imported.first = format_device_time(first->device_time);
        imported.last = format_device_time(last->device_time);
    }
    std::vector<OnlineInterval> pushing = co_await pushing_times(corridor.worker, terminal, delivery.punches);
    const Receipt receipt = co_await corridor.ingest.record(terminal, std::move(delivery), std::move(pushing));
    imported.delivery_id = receipt.delivery_id;
    imported.new_punches = receipt.new_punches;
    imported.known_punches = receipt.known_punches;
    if (content.users) {
        Delivery people;
        people.road = Road::upload;
        people.table = "USERINFO";
        people.query = content.how;
        people.peer = peer;
        people.received_at = corridor.now();
        people.body = std::move(content.users->raw);
        people.rejects = std::move(content.users->rejects);
        co_await corridor.ingest.record_log(terminal, std::move(people), {}, std::move(content.users->people));
    }
    log::info("a file was taken", {{"terminal", terminal.row.serial},
                                   {"records", imported.lines},
                                   {"new", imported.new_punches},
                                   {"rejected", imported.rejects}});
    co_return imported;
}

}  // namespace presensi::pull

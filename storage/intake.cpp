#include "storage/intake.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage {
namespace {

Delivery copy_without_records(const Delivery& delivery) {
    Delivery copy;
    copy.terminal_id = delivery.terminal_id;
    copy.road = delivery.road;
    copy.table = delivery.table;
    copy.query = delivery.query;
    copy.peer = delivery.peer;
    copy.received_at = delivery.received_at;
    copy.body = delivery.body;
    return copy;
}

// Physical lines, split and cut as the decoders do it (protocol-adms § 3.0); the first has number 1.
std::vector<std::string_view> split_lines(std::string_view body) {
    std::vector<std::string_view> lines;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        std::string_view line = body.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return lines;
}

Reject store_refused(const Punch& punch, const std::vector<std::string_view>& lines) {
    Reject reject;
    reject.line = punch.line;
    reject.reason = RejectReason::store_refused;
    if (punch.line >= 1 && punch.line <= lines.size()) {
        reject.bytes = lines[punch.line - 1];
    } else {
        // A pull's body has no lines, so what was decoded stands for the record.
        reject.bytes = punch.pin + "\t" + format_device_time(punch.device_time);
    }
    reject.sha256 = sha256(reject.bytes);
    reject.length = reject.bytes.size();
    return reject;
}

// Nothing where the store refuses this too.
std::optional<Receipt> try_append(Intake& intake, const Delivery& delivery) {
    const Delivery* const one[] = {&delivery};
    try {
        return intake.append(one).front();
    } catch (const ContentRefused&) {
        return std::nullopt;
    }
}

Receipt append_guilty(Intake& intake, const Delivery& delivery) {
    Delivery refused = copy_without_records(delivery);
    refused.unread = delivery.unread;
    refused.stamp = delivery.stamp;
    refused.rejects = delivery.rejects;
    const std::vector<std::string_view> lines = split_lines(delivery.body);
    for (const Punch& punch : delivery.punches) refused.rejects.push_back(store_refused(punch, lines));
    if (const auto receipt = try_append(intake, refused)) return *receipt;

    // The bytes at least. Without the stamp: it may be what is refused, and the terminal only sends more again.
    Delivery unread = copy_without_records(delivery);
    unread.unread = true;
    if (auto receipt = try_append(intake, unread)) {
        receipt->stamp_stored = false;
        return *receipt;
    }
    throw StoreUnavailable("the store refuses a delivery even as raw bytes");
}

}  // namespace

std::vector<Receipt> append_splitting(Intake& intake, std::span<const Delivery* const> deliveries) {
    if (deliveries.empty()) return {};
    try {
        return intake.append(deliveries);
    } catch (const ContentRefused&) {
        if (deliveries.size() == 1) return {append_guilty(intake, *deliveries.front())};
    }
    const std::size_t half = deliveries.size() / 2;
    std::vector<Receipt> receipts = append_splitting(intake, deliveries.first(half));
    const std::vector<Receipt> others = append_splitting(intake, deliveries.subspan(half));
    receipts.insert(receipts.end(), others.begin(), others.end());
    return receipts;
}

}  // namespace presensi::storage

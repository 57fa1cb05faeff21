#pragma once
// What everything colder than intake is written on, once for both engines (architecture 3.5).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace presensi::storage {

struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;  // monostate = NULL
using Values = std::vector<Value>;

// Typed access to a row; throws std::logic_error for a NULL or another type, which is our mistake.
class Row {
public:
    explicit Row(Values values) : values_(std::move(values)) {}
    std::int64_t integer(std::size_t column) const;
    const std::string& text(std::size_t column) const;
    const std::string& blob(std::size_t column) const;
    std::optional<std::int64_t> integer_or_null(std::size_t column) const;
    std::optional<std::string> text_or_null(std::size_t column) const;
    const Value& operator[](std::size_t column) const { return values_.at(column); }
    std::size_t size() const { return values_.size(); }  // columns

private:
    Values values_;
};

// Portable SQL only: parameters $1, $2, … bound by number, `ON CONFLICT`, `RETURNING`; no engine's own functions.
// Throws StoreUnavailable or ContentRefused. Belongs to one thread.
class Database {
public:
    virtual ~Database() = default;
    // Returns the rows changed. Without parameters `sql` may be several statements.
    virtual std::int64_t execute(std::string_view sql, const Values& parameters = {}) = 0;
    virtual std::vector<Row> query(std::string_view sql, const Values& parameters = {}) = 0;
    // Runs `work` in one transaction: commits when it returns, rolls back when it throws. Not nested.
    virtual void transaction(const std::function<void()>& work) = 0;
};

}  // namespace presensi::storage

#pragma once
// What an upload carries, and how it is answered (protocol-adms § 1.6, 3.0).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/adms/target.hpp"
#include "protocol/records.hpp"

namespace presensi::adms {

enum class TableKind {
    attlog,
    operlog,
    biodata,
    idcard,
    attphoto,
    options,
    errorlog,
    command_result,  // posted to cdata by X100-C; the body starts with ID=
    access,          // rtlog, rtstate, tabledata, /querydata: the ACC dialect
    verify_request,  // background verification, which we leave to the terminal
    remote_user,     // RemoteAtt: asks for one user
    other
};

struct Upload {
    TableKind kind = TableKind::other;
    std::string table;               // upper case, valid UTF-8, at most 64 bytes; empty when the request names none
    std::optional<StampMove> stamp;  // only of a live upload: an answer to a query (CmdId) moves nothing (§ 2.4)
    bool answers_query = false;
};

// True for a stamp that may go back to a terminal: 1–20 digits (§ 2.4).
bool is_stamp(std::string_view text);

// A body that was compressed and scrambled although the handshake said Encrypt=None: "LZO1", then its size in four
// bytes of which the highest is 0 in anything that we would take (§ 2.3). A PIN may begin with the same letters.
bool is_scrambled(std::string_view body);

// Reads table, stamps and type from the target; old forms without `table` by their stamp or, failing that, by the
// body's first line. `table=ATTLOG Stamp=9999` (a missing &) yields both.
Upload classify_upload(const Target& target, std::string_view body);

// True for a GET that asks for the options block: options=all, pushver, or nothing but SN (§ 1.6, 2.1).
bool is_handshake(const Target& target);

// Non-empty physical lines: split on LF, a trailing CR dropped, trailing NULs, TAB-only and empty lines of the body cut
// (§ 3.0).
std::size_t count_lines(std::string_view body);

// The body of the success reply to a POST with `lines` lines (§ 3.0): "OK: 3", "OK"; for no lines at all "OK: 1" to
// OPERLOG and "OK: 0" to the other counted tables. Lines are counted before redaction: it keeps their number, but not
// that of a body that is no text.
std::string encode_upload_reply(TableKind kind, std::size_t lines);

}  // namespace presensi::adms

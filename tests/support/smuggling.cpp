#include "tests/support/smuggling.hpp"

#include <fmt/format.h>

namespace presensi::test {

namespace {

// With control characters and other bytes that a literal would swallow.
std::string bytes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::vector<Smuggled> smuggling_corpus(std::string_view target, std::string_view hidden) {
    std::vector<Smuggled> corpus;
    const std::string size = std::to_string(hidden.size());
    const std::string start = fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", target);
    const auto add = [&](std::string name, std::string whole) {
        corpus.push_back({std::move(name), std::move(whole)});
    };
    // Fields as they stand in the head, with $XX for a byte; the body is the hidden request.
    const auto with_fields = [&](const char* name, std::string_view fields) {
        add(name, start + bytes(fields) + "\r\n" + std::string(hidden));
    };
    const auto chunked = [&](const char* name, std::string_view body) {
        add(name, start + "Transfer-Encoding: chunked\r\n\r\n" + bytes(body) + std::string(hidden));
    };

    // Two lengths, or a length and chunks.
    with_fields("CL and TE", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n");
    with_fields("TE and CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n");
    with_fields("CL and TE, CL of the whole", "Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n");
    with_fields("two CL, the second shorter", "Content-Length: " + size + "\r\nContent-Length: 0\r\n");
    with_fields("two CL, the first shorter", "Content-Length: 0\r\nContent-Length: " + size + "\r\n");
    with_fields("the same CL twice", "Content-Length: 5\r\nContent-Length: 5\r\n");
    with_fields("two CL in other cases", "content-length: 0\r\nCONTENT-LENGTH: " + size + "\r\n");
    with_fields("CL as a list", "Content-Length: 5, 5\r\n");
    with_fields("CL as a list of two", "Content-Length: 0, " + size + "\r\n");

    // Lengths that are none.
    with_fields("CL with plus", "Content-Length: +5\r\n");
    with_fields("CL with minus", "Content-Length: -5\r\n");
    with_fields("CL in hexadecimal", "Content-Length: 0x5\r\n");
    with_fields("CL with a fraction", "Content-Length: 5.0\r\n");
    with_fields("CL with an exponent", "Content-Length: 5e1\r\n");
    with_fields("CL with a blank inside", "Content-Length: 1 0\r\n");
    with_fields("CL with an underscore", "Content-Length: 1_0\r\n");
    with_fields("CL empty", "Content-Length:\r\n");
    with_fields("CL of 2^64 and a little", "Content-Length: 18446744073709551621\r\n");
    with_fields("CL of many digits", "Content-Length: 000000000000000000000000000000005\r\n");
    with_fields("CL in other digits", "Content-Length: $d9$a5\r\n");
    with_fields("CL with a quote", "Content-Length: \"5\"\r\n");
    with_fields("CL with NUL", "Content-Length: 5$00\r\n");
    with_fields("CL with a bare CR", "Content-Length: 5$0d0\r\n");
    with_fields("CL with vertical tab", "Content-Length: $0b5\r\n");

    // Encodings that one reader sees and another does not.
    with_fields("TE unknown", "Transfer-Encoding: xchunked\r\n");
    with_fields("TE identity", "Transfer-Encoding: identity\r\n");
    with_fields("TE gzip", "Transfer-Encoding: gzip\r\n");
    with_fields("TE gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n");
    with_fields("TE chunked, identity", "Transfer-Encoding: chunked, identity\r\n");
    with_fields("TE chunked twice", "Transfer-Encoding: chunked, chunked\r\n");
    with_fields("TE twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n");
    with_fields("TE twice, the second unknown", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n");
    with_fields("TE with a parameter", "Transfer-Encoding: chunked;q=1\r\n");
    with_fields("TE in quotes", "Transfer-Encoding: \"chunked\"\r\n");
    with_fields("TE with vertical tab", "Transfer-Encoding: $0bchunked\r\n");
    with_fields("TE with form feed", "Transfer-Encoding: chunked$0c\r\n");
    with_fields("TE with NUL", "Transfer-Encoding: chunked$00\r\n");
    with_fields("TE empty", "Transfer-Encoding:\r\n");
    with_fields("TE with bytes above ASCII", "Transfer-Encoding: $a0chunked\r\n");
    with_fields("TE folded", "Transfer-Encoding:\r\n chunked\r\n");
    with_fields("TE after a bare LF", "X: y$0aTransfer-Encoding: chunked\r\n");
    with_fields("TE after a bare CR", "X: y$0dTransfer-Encoding: chunked\r\n");
    add("TE in HTTP/1.0",
        fmt::format("POST {} HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}", target,
                    hidden));

    // Names and lines.
    with_fields("a blank before the colon", "Content-Length : 5\r\n");
    with_fields("a blank in the name", "Content Length: 5\r\n");
    with_fields("a tab before the colon", "Transfer-Encoding$09: chunked\r\n");
    with_fields("a name with NUL", "Content$00-Length: 5\r\n");
    with_fields("a name above ASCII", "Content-Length$e4: 5\r\n");
    with_fields("no name", ": 5\r\n");
    with_fields("no colon", "Content-Length 5\r\n");
    with_fields("a name in brackets", "(Content-Length): 5\r\n");
    with_fields("the first field is folded", " Content-Length: 5\r\n");
    with_fields("folded by a tab", "X: y\r\n\tContent-Length: 5\r\n");
    with_fields("folded with a length", "X: y\r\n Content-Length: 5\r\nContent-Length: 0\r\n");
    with_fields("DEL in a value", "X: y$7f\r\n");
    with_fields("bare CR at the end of a value", "X: y$0d\r\nContent-Length: 0\r\n");
    add("bare LF everywhere",
        fmt::format("POST {} HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n{}", target, hidden));
    add("bare LF after the request line",
        fmt::format("POST {} HTTP/1.1\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n{}", target, hidden));
    add("bare LF after a field", start + "X: y\nContent-Length: 0\r\n\r\n" + std::string(hidden));
    add("the head ends with LF LF", start + "Content-Length: 0\n\n" + std::string(hidden));
    add("the head ends with LF CR LF", start + "Content-Length: 0\n\r\n" + std::string(hidden));
    add("an empty line that is a bare LF in front", "\n" + start + "Content-Length: 0\r\n\r\n" + std::string(hidden));
    with_fields("two hosts", "Host: elsewhere\r\nContent-Length: 0\r\n");
    with_fields("a trailer is announced", "Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n");

    // Request lines.
    const auto line = [&](const char* name, std::string_view first) {
        add(name,
            bytes(fmt::format("{}\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", first)) + std::string(hidden));
    };
    line("HTTP/0.9", fmt::format("GET {}", target));
    line("HTTP/1.2", fmt::format("POST {} HTTP/1.2", target));
    line("HTTP/2.0", fmt::format("POST {} HTTP/2.0", target));
    line("http in small letters", fmt::format("POST {} http/1.1", target));
    line("HTTP/1.10", fmt::format("POST {} HTTP/1.10", target));
    line("HTTP/01.1", fmt::format("POST {} HTTP/01.1", target));
    line("a blank behind the version", fmt::format("POST {} HTTP/1.1 ", target));
    line("a tab behind the method", fmt::format("POST$09{} HTTP/1.1", target));
    line("a method with a colon", fmt::format("PO:ST {} HTTP/1.1", target));
    line("a blank in front", fmt::format(" POST {} HTTP/1.1", target));
    line("no target", "POST  HTTP/1.1");
    line("NUL in the target", fmt::format("POST {}$00 HTTP/1.1", target));
    line("bare CR in the target", fmt::format("POST {}$0dX HTTP/1.1", target));
    line("a field for a request line", "Content-Length: 5");

    // Chunks.
    chunked("chunk extension", "0;x=y\r\n\r\n");
    chunked("chunk extension with LF", "0;$0a0\r\n\r\n");
    chunked("chunk extension on the first chunk", "1;a\r\nx\r\n0\r\n\r\n");
    chunked("chunk extension of blanks", "1 \r\nx\r\n0\r\n\r\n");
    chunked("trailer", "0\r\nX: y\r\n\r\n");
    chunked("trailer with a length", "0\r\nContent-Length: 5\r\n\r\n");
    chunked("trailer with TE", "1\r\nx\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n");
    chunked("chunk size with 0x", "0x0\r\n\r\n");
    chunked("chunk size with plus", "+0\r\n\r\n");
    chunked("chunk size with minus", "-1\r\n\r\n");
    chunked("chunk size with a blank in front", " 0\r\n\r\n");
    chunked("chunk size empty", "\r\n\r\n");
    chunked("chunk size of 2^64 and a little", "10000000000000005\r\nhello\r\n0\r\n\r\n");
    chunked("chunk size of 2^64 - 1", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n");
    chunked("chunk size of 2^63", "8000000000000000\r\nhello\r\n0\r\n\r\n");
    chunked("chunk size of other letters", "g\r\nhello\r\n0\r\n\r\n");
    chunked("chunk line with bare LF", "1$0ax\r\n0\r\n\r\n");
    chunked("chunk longer than it says", "1\r\nxyz\r\n0\r\n\r\n");
    chunked("chunk data ends with LF", "1\r\nx$0a0\r\n\r\n");
    chunked("chunk data ends with CR X", "1\r\nx$0dX0\r\n\r\n");
    chunked("the last chunk ends with LF", "0$0a$0a");
    return corpus;
}

}  // namespace presensi::test

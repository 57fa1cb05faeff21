#pragma once
// What blocks as long as it likes and cannot be ended (a resolver, a file on a network), asked on a thread of its own.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace presensi {

// One question at a time. Whoever stops does not wait for the thread: it is left behind with what it writes to.
template <typename Answer>
class Aside {
public:
    // False: the system gives no thread now, and nothing was asked. Only while nothing is being asked.
    bool ask(std::function<Answer()> question) {
        auto open = std::make_shared<Open>();
        try {
            std::thread([open, question = std::move(question)] {
                Answer answer = question();
                const std::lock_guard lock(open->mutex);
                open->answer = std::move(answer);
            }).detach();
        } catch (const std::system_error&) {
            return false;
        }
        open_ = std::move(open);
        return true;
    }

    // The answer, once; nothing: there is none yet.
    std::optional<Answer> take() {
        if (open_ == nullptr) return std::nullopt;
        std::optional<Answer> answer;
        {
            const std::lock_guard lock(open_->mutex);
            answer = std::move(open_->answer);
        }
        if (answer) open_.reset();
        return answer;
    }

    bool asking() const { return open_ != nullptr; }

private:
    struct Open {
        std::mutex mutex;
        std::optional<Answer> answer;
    };
    std::shared_ptr<Open> open_;
};

}  // namespace presensi

/* What a program that runs where presensid runs can reach. Prints a line for each attempt: NAME reached | refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char* name, int reached) {
    printf("probe: %s %s\n", name, reached ? "reached" : "refused");
    fflush(stdout);
}

static int runs(const char* program, const char* option) {
    const pid_t child = fork();
    if (child == 0) {
        execl(program, program, option, "exit 0", (char*)NULL);
        _exit(126);
    }
    int status = 1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int opens(const char* path, int flags) {
    const int file = open(path, flags | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
    return file >= 0;
}

static int connects(const char* address, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    inet_pton(AF_INET, address, &to.sin_addr);
    const int line = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = connect(line, (struct sockaddr*)&to, sizeof to) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        struct pollfd wait = {line, POLLOUT, 0};
        socklen_t size = sizeof error;
        error = ETIMEDOUT;
        if (poll(&wait, 1, 3000) > 0) getsockopt(line, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    close(line);
    return error == 0 || error == ECONNREFUSED; /* somebody answered */
}

static int has_write_and_run_memory(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int sets_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return clock_settime(CLOCK_REALTIME, &now) == 0;
}

/* FOREIGN and PRIVATE: addresses at which somebody answers. */
int main(int count, char** arguments) {
    if (count != 3) return 2;
    say("shell", runs("/bin/sh", "-c"));
    say("perl", runs("/usr/bin/perl", "-e"));
    say("home", opens("/home/somebody/secret", O_RDONLY));
    say("root-home", opens("/root/secret", O_RDONLY));
    say("shadow", opens("/etc/shadow", O_RDONLY));
    say("write-etc", opens("/etc/presensi/written", O_WRONLY | O_CREAT));
    say("write-usr", opens("/usr/bin/written", O_WRONLY | O_CREAT));
    say("memory-device", opens("/dev/mem", O_RDONLY));
    say("processes", opens("/proc/1/environ", O_RDONLY));
    say("kernel-table", opens("/proc/kallsyms", O_RDONLY));
    say("write-and-run-memory", has_write_and_run_memory());
    say("clock", sets_clock());
    say("raw-socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0);
    say("packet-socket", socket(AF_PACKET, SOCK_DGRAM, 0) >= 0);
    say("foreign-network", connects(arguments[1], 80));
    /* What it needs. */
    say("private-network", connects(arguments[2], 80));
    say("this-machine", connects("127.0.0.1", 5432));
    say("state", opens("/var/lib/presensi/written", O_WRONLY | O_CREAT));
    return 0;
}

// path: src/main.c
#include <stdio.h>
#include "util.h" // imports: src/util.h
#include "net/socket.h" // imports: include/net/socket.h

static int helper(int a) { return a; }

int main(void) {
    struct point p; // references: src/util.h::point
    helper(1); // calls: ::helper [exact]
    util_log("x"); // calls: src/util.c::util_log
    CLAMP(3, 4); // calls: src/util.h::CLAMP
    socket_open(&p, 80); // calls: include/net/socket.h::socket_open
    printf("%d", 1); // calls: nothing
    hidden(); // calls: nothing
    return RED; 
}

// path: src/util.h
#define CLAMP(x, y) ((x) < (y) ? (x) : (y))
/* A place. */
struct point { int x, y; };
enum color { RED, GREEN };
void util_log(const char *text);

// path: src/util.c
#include "util.h" // imports: src/util.h
static void hidden(void) {}
void util_log(const char *text) {
    hidden(); // calls: ::hidden
}

// path: include/net/socket.h
static inline int socket_open(struct point *p, int port) { return port; }

#include <stdio.h>
#include "lib/util.h"
#define MAX 3
#define SQ(x) ((x)*(x))
/* a point */
struct point { int x, *y; };
typedef struct { int a; } pair_t;
typedef struct node node_t;
enum color { RED, GREEN = 2 };
union u { int a; };
typedef int (*cb)(int);
static int counter = 0;
int *table[10];
extern int proto(int a, char *b);
static inline int *add(int a, struct point *p, ...) { helper(a); p->fn(1); x.y.z(2); return SQ(a); }
int main(void) { struct point p; (*fp)(1); return add(1, &p); }

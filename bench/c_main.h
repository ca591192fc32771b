/* A block of runs, and the loop over blocks, steps and threads. The generated part follows: start, step_, outcomes. */

enum { MOST_WRITES = LANES * WRITES, VECTOR = 8 };

typedef struct {
    double s[SLOTS * LANES], p[PARAMETERS * LANES], next[SLOTS * LANES];
    uint32_t run[LANES], group[LANES], w[WORDS][2][LANES], second[LANES + VECTOR];
    int going[LANES], fires[LANES], lanes[LANES + VECTOR], pick[LANES + VECTOR];
    int hits[OUTCOMES][LANES];
    int counts[OPTIONS], deeds[OPTIONS][LANES];
    int added, settled[PRIORITIES];
    Write adds[MOST_WRITES], sets[PRIORITIES][MOST_WRITES];
} Block;

extern const double BOUNDS[SLOTS][2];
static void start(Block *b, uint32_t step, double day);
static void step_(Block *b, uint32_t step, double day);
static void outcomes(Block *b, uint32_t step, double day);
static void close_(Block *b, int n, const int *lanes);

#define READ(b)                                                                                                        \
    double *restrict s = b->s, *restrict p = b->p;                                                                     \
    const uint32_t *restrict run = b->run, *restrict group = b->group;                                                \
    (void)s, (void)p, (void)run;
#define OPEN(b)                                                                                                        \
    READ(b)                                                                                                            \
    double *restrict next = b->next;                                                                                   \
    uint32_t(*restrict w)[2][LANES] = b->w, *restrict second = b->second;                                              \
    int *restrict going = b->going, *restrict fires = b->fires, *restrict lanes = b->lanes, *restrict pick = b->pick;  \
    int n = 0;                                                                                                         \
    (void)next, (void)w, (void)second, (void)going, (void)fires, (void)lanes, (void)pick, (void)n, (void)day, (void)step;

INLINE int listed(const int *restrict fires, int *restrict lanes)
{
    int n = 0;
    for (int i = 0; i < LANES; i++) {
        lanes[n] = i;
        n += fires[i];
    }
    return n;
}

/* A list filled up to whole vectors with its first lane, which is then worked on more than once. */
INLINE int padded(int *lanes, int n)
{
    const int whole = n == 0 ? 0 : (n + VECTOR - 1) / VECTOR * VECTOR;
    for (int j = n; j < whole; j++) lanes[j] = lanes[0];
    return whole;
}

INLINE void add(Block *b, int slot, int lane, double value) { b->adds[b->added++] = (Write){slot, lane, value}; }
INLINE void set(Block *b, int rank, int slot, int lane, double value)
{
    b->sets[rank][b->settled[rank]++] = (Write){slot, lane, value};
}

/* Sort the lanes in which an actor acts by what it chose. */
static void chose(Block *b, int first, int n)
{
    for (int j = 0; j < n; j++)
        if (b->pick[j] >= 0) {
            const int option = first + b->pick[j], lane = b->lanes[j];
            b->deeds[option][b->counts[option]++] = lane;
        }
}

/* Settings by rising priority, increments on top, bounds at the end. */
static void settle(Block *b)
{
    for (int rank = 0; rank < PRIORITIES; rank++)
        for (int k = 0; k < b->settled[rank]; k++) {
            const Write each = b->sets[rank][k];
            b->s[each.slot * LANES + each.lane] = each.value;
        }
    for (int k = 0; k < b->added; k++) b->s[b->adds[k].slot * LANES + b->adds[k].lane] += b->adds[k].value;
    for (int rank = -1; rank < PRIORITIES; rank++) {
        const Write *writes = rank < 0 ? b->adds : b->sets[rank];
        const int count = rank < 0 ? b->added : b->settled[rank];
        for (int k = 0; k < count; k++) {
            double *place = b->s + writes[k].slot * LANES + writes[k].lane;
            *place = lower_(upper_(*place, BOUNDS[writes[k].slot][0]), BOUNDS[writes[k].slot][1]);
        }
    }
    b->added = 0;
    memset(b->settled, 0, sizeof b->settled);
}

static uint32_t runs;
static uint8_t *found;
static atomic_uint next_block;

static void simulate(Block *b, uint32_t low)
{
    for (int i = 0; i < LANES; i++) b->run[i] = low + i, b->group[i] = (low + i) / GROUP, b->going[i] = 1;
    memset(b->hits, 0, sizeof b->hits);
    b->added = 0;
    memset(b->settled, 0, sizeof b->settled);
    start(b, 0, 0.0);
    for (uint32_t step = 0; step < STEPS; step++) {
        memset(b->counts, 0, sizeof b->counts);
        step_(b, step, step * SPAN);
        outcomes(b, step, step * SPAN);
    }
    int lanes[LANES];
    close_(b, listed(b->going, lanes), lanes);
    for (int i = 0; i < LANES && low + i < runs; i++)
        for (int k = 0; k < OUTCOMES; k++) found[(size_t)(low + i) * OUTCOMES + k] = b->hits[k][i];
}

static void *work(void *none)
{
    Block *b = aligned_alloc(64, (sizeof(Block) + 63) / 64 * 64);
    memset(b->s, 0, sizeof b->s);
    for (;;) {
        const uint32_t low = atomic_fetch_add(&next_block, LANES);
        if (low >= runs) break;
        simulate(b, low);
    }
    free(b);
    return none;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

/* RUNS THREADS FILE: a byte for each run and outcome goes into the file, seconds and processor seconds to the output. */
int main(int count, char **words)
{
    if (count != 4) return 2;
    runs = strtoul(words[1], NULL, 10);
    const int threads = atoi(words[2]);
    found = calloc(runs, OUTCOMES);
    const double before = seconds(CLOCK_MONOTONIC), busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
    pthread_t others[threads];
    for (int k = 1; k < threads; k++) pthread_create(others + k, NULL, work, NULL);
    work(NULL);
    for (int k = 1; k < threads; k++) pthread_join(others[k], NULL);
    const double after = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    FILE *file = fopen(words[3], "wb");
    if (file == NULL || fwrite(found, OUTCOMES, runs, file) != runs || fclose(file) != 0) return 1;
    printf("%.6f %.6f\n", after - before, used - busy);
    return 0;
}

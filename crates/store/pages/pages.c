/*
** A layer between SQLite and the file system (a "VFS shim") that keeps a checksum in the last eight bytes of each page of a
** database file, and compares what it reads: pages of the file with that checksum, pages of the write-ahead log with the one
** that SQLite itself keeps in front of each.
**
** The idea, the place of the checksum and its sum are those of SQLite's own ext/misc/cksumvfs.c (version 3.53.4, public
** domain, "May you do good and not evil. May you find forgiveness for yourself and forgive others. May you share freely,
** never taking more than you give."). What differs, and why: README.md in this folder.
**
** What must stay true: no page that fails its comparison reaches SQLite, nothing switches the comparison off, and no page
** without a checksum is ever written to a database file.
*/
#include "sqlite3.h"
#include <stdint.h>
#include <string.h>

/* Bytes at the end of each page that SQLite leaves alone: the "reserved space", at offset 20 of the header of a database. */
#define RESERVED 8
#define RESERVED_AT 20
/* Write-ahead log: header of the file with its checksum, header of a frame with its own. */
#define LOG_HEADER 32
#define LOG_HEADER_SUM 24
#define FRAME_HEADER 24
#define FRAME_SUM 16

/* Where the last comparison of this thread failed. */
enum found { NOTHING = 0, PAGE_OF_FILE = 1, PAGE_OF_LOG = 2 };
static _Thread_local int found_in = NOTHING;
static _Thread_local sqlite3_int64 found_at = 0;

typedef struct Kept Kept;
struct Kept {
  sqlite3_file base;
  int is_log;
  /* Of a log: how far this connection has written since it last synced. What it writes below that overwrites a frame of a
  ** transaction that is not committed, and SQLite computes the sums of such frames anew only when it commits. */
  int is_unsettled;
  sqlite3_int64 written;
};

#define BELOW(file) ((sqlite3_file *)(((Kept *)(file)) + 1))

static sqlite3_vfs *below;

static inline uint32_t number(const unsigned char *at, int big) {
  return big ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
             : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* Continues a sum over a multiple of eight bytes. A change within eight bytes always changes it. */
static inline void sum(uint32_t s[2], const unsigned char *at, int bytes, int big) {
  uint32_t s1 = s[0], s2 = s[1];
  for (const unsigned char *end = at + bytes; at < end; at += 8) {
    s1 += number(at, big) + s2;
    s2 += number(at + 4, big) + s1;
  }
  s[0] = s1;
  s[1] = s2;
}

/* The checksum of the page at this offset. It starts from the page's number, so that a page in the place of another has a
** wrong one, and not from zero, so that a page of zeros has a wrong one, too. */
static void seal(const unsigned char *page, int bytes, sqlite3_int64 offset, unsigned char out[RESERVED]) {
  uint32_t s[2] = {(uint32_t)(offset / bytes) + 1, 0x47617465 /* "Gate" */};
  sum(s, page, bytes - RESERVED, 0);
  for (int i = 0; i < 4; i++) {
    out[i] = (unsigned char)(s[0] >> (8 * i));
    out[4 + i] = (unsigned char)(s[1] >> (8 * i));
  }
}

static int is_whole_page(int bytes, sqlite3_int64 offset) {
  return bytes >= 512 && (bytes & (bytes - 1)) == 0 && offset % bytes == 0;
}

static int damaged(int where, sqlite3_int64 offset) {
  found_in = where;
  found_at = offset;
  sqlite3_log(SQLITE_IOERR_DATA, "a page at offset %lld of a %s is not what was written", offset,
              where == PAGE_OF_LOG ? "log" : "database");
  return SQLITE_IOERR_DATA;
}

static int read_file(sqlite3_file *file, void *buffer, int bytes, sqlite3_int64 offset) {
  int rc = BELOW(file)->pMethods->xRead(BELOW(file), buffer, bytes, offset);
  const unsigned char *page = buffer;
  unsigned char expected[RESERVED];
  if (!is_whole_page(bytes, offset)) return rc;
  /* SQLite takes the missing end of a page for zeros. */
  if (rc == SQLITE_IOERR_SHORT_READ) return damaged(PAGE_OF_FILE, offset);
  if (rc != SQLITE_OK) return rc;
  seal(page, bytes, offset, expected);
  if (memcmp(page + bytes - RESERVED, expected, RESERVED) != 0) return damaged(PAGE_OF_FILE, offset);
  if (offset == 0 && page[RESERVED_AT] != RESERVED) return damaged(PAGE_OF_FILE, offset);
  return SQLITE_OK;
}

static int write_file(sqlite3_file *file, const void *buffer, int bytes, sqlite3_int64 offset) {
  unsigned char *page = (unsigned char *)buffer;
  if (is_whole_page(bytes, offset)) {
    /* Where the header does not say so, the last bytes of a page belong to a row. */
    if (offset == 0 && page[RESERVED_AT] != RESERVED) return SQLITE_IOERR_WRITE;
    /* In place, as cksumvfs.c does: SQLite never looks at these bytes. */
    seal(page, bytes, offset, page + bytes - RESERVED);
  }
  return BELOW(file)->pMethods->xWrite(BELOW(file), buffer, bytes, offset);
}

/* The sum of a frame goes on from that of the frame before, or of the log's header. */
static int is_frame_whole(const unsigned char *page, int bytes, const unsigned char *header, const unsigned char *before,
                          int big) {
  uint32_t s[2] = {number(before, 1), number(before + 4, 1)};
  sum(s, header, 8, big);
  sum(s, page, bytes, big);
  return s[0] == number(header + FRAME_SUM, 1) && s[1] == number(header + FRAME_SUM + 4, 1);
}

static int read_log(sqlite3_file *file, void *buffer, int bytes, sqlite3_int64 offset) {
  sqlite3_file *log = BELOW(file);
  unsigned char header[FRAME_HEADER], before[8];
  sqlite3_int64 first = LOG_HEADER + FRAME_HEADER, frame = bytes + FRAME_HEADER;
  int rc = log->pMethods->xRead(log, buffer, bytes, offset);
  if (rc != SQLITE_OK || ((Kept *)file)->is_unsettled || !is_whole_page(bytes, 0)) return rc;
  if (offset < first || (offset - first) % frame != 0) return rc;
  rc = log->pMethods->xRead(log, header, FRAME_HEADER, offset - FRAME_HEADER);
  if (rc != SQLITE_OK) return rc;
  rc = log->pMethods->xRead(log, before, 8,
                            offset == first ? LOG_HEADER_SUM : offset - FRAME_HEADER - frame + FRAME_SUM);
  if (rc != SQLITE_OK) return rc;
  /* A log is summed in the byte order of the machine that wrote it. */
  if (is_frame_whole(buffer, bytes, header, before, 0) || is_frame_whole(buffer, bytes, header, before, 1)) return rc;
  return damaged(PAGE_OF_LOG, offset);
}

static int write_log(sqlite3_file *file, const void *buffer, int bytes, sqlite3_int64 offset) {
  Kept *log = (Kept *)file;
  if (offset == 0) {
    log->written = 0;
    log->is_unsettled = 0;
  } else if (offset < log->written) {
    log->is_unsettled = 1;
  } else {
    log->written = offset + bytes;
  }
  return BELOW(file)->pMethods->xWrite(BELOW(file), buffer, bytes, offset);
}

static int kept_read(sqlite3_file *file, void *buffer, int bytes, sqlite3_int64 offset) {
  return ((Kept *)file)->is_log ? read_log(file, buffer, bytes, offset) : read_file(file, buffer, bytes, offset);
}

static int kept_write(sqlite3_file *file, const void *buffer, int bytes, sqlite3_int64 offset) {
  return ((Kept *)file)->is_log ? write_log(file, buffer, bytes, offset) : write_file(file, buffer, bytes, offset);
}

/* A commit that is synced has its sums in order. */
static int kept_sync(sqlite3_file *file, int flags) {
  ((Kept *)file)->written = 0;
  ((Kept *)file)->is_unsettled = 0;
  return BELOW(file)->pMethods->xSync(BELOW(file), flags);
}

/* Without this, SQLite would read parts of pages, which cannot be compared. */
static int kept_characteristics(sqlite3_file *file) {
  return BELOW(file)->pMethods->xDeviceCharacteristics(BELOW(file)) & ~SQLITE_IOCAP_SUBPAGE_READ;
}

/* Everything else is the file system's affair. */
static int kept_close(sqlite3_file *f) { return BELOW(f)->pMethods->xClose(BELOW(f)); }
static int kept_truncate(sqlite3_file *f, sqlite3_int64 n) { return BELOW(f)->pMethods->xTruncate(BELOW(f), n); }
static int kept_size(sqlite3_file *f, sqlite3_int64 *n) { return BELOW(f)->pMethods->xFileSize(BELOW(f), n); }
static int kept_lock(sqlite3_file *f, int level) { return BELOW(f)->pMethods->xLock(BELOW(f), level); }
static int kept_unlock(sqlite3_file *f, int level) { return BELOW(f)->pMethods->xUnlock(BELOW(f), level); }
static int kept_is_locked(sqlite3_file *f, int *out) { return BELOW(f)->pMethods->xCheckReservedLock(BELOW(f), out); }
static int kept_control(sqlite3_file *f, int op, void *arg) { return BELOW(f)->pMethods->xFileControl(BELOW(f), op, arg); }
static int kept_sector(sqlite3_file *f) { return BELOW(f)->pMethods->xSectorSize(BELOW(f)); }
static int kept_map(sqlite3_file *f, int page, int bytes, int extend, void volatile **out) {
  return BELOW(f)->pMethods->xShmMap(BELOW(f), page, bytes, extend, out);
}
static int kept_map_lock(sqlite3_file *f, int at, int n, int flags) {
  return BELOW(f)->pMethods->xShmLock(BELOW(f), at, n, flags);
}
static void kept_map_barrier(sqlite3_file *f) { BELOW(f)->pMethods->xShmBarrier(BELOW(f)); }
static int kept_unmap(sqlite3_file *f, int remove) { return BELOW(f)->pMethods->xShmUnmap(BELOW(f), remove); }

/* Version 2: without memory-mapped pages, which nobody would compare. */
static const sqlite3_io_methods methods = {
    2,           kept_close,     kept_read,    kept_write,  kept_truncate,        kept_sync, kept_size,     kept_lock,
    kept_unlock, kept_is_locked, kept_control, kept_sector, kept_characteristics, kept_map,  kept_map_lock, kept_map_barrier,
    kept_unmap,  0,              0,
};

static int open_kept(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)self;
  /* Journals of a rollback have sums of their own, and temporary files live in memory. */
  if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return below->xOpen(below, name, file, flags, out);
  memset(file, 0, sizeof(Kept));
  int rc = below->xOpen(below, name, BELOW(file), flags, out);
  if (rc == SQLITE_OK) {
    ((Kept *)file)->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    file->pMethods = &methods;
  } else if (BELOW(file)->pMethods) {
    BELOW(file)->pMethods->xClose(BELOW(file));
  }
  return rc;
}

/* Makes the layer known as "gatewright-pages", and leaves SQLite's default what it is. To be called once. */
int gatewright_pages_register(void) {
  static sqlite3_vfs layer;
  int rc = sqlite3_initialize();
  if (rc != SQLITE_OK) return rc;
  below = sqlite3_vfs_find(0);
  if (below == 0) return SQLITE_ERROR;
  /* What is not about open files, SQLite asks the file system directly. */
  layer = *below;
  layer.pNext = 0;
  layer.zName = "gatewright-pages";
  layer.szOsFile = (int)sizeof(Kept) + below->szOsFile;
  layer.xOpen = open_kept;
  return sqlite3_vfs_register(&layer, 0);
}

/* Where the last comparison of this thread failed: 0 nowhere, 1 in the file, 2 in its log. Forgets it. */
int gatewright_pages_found(sqlite3_int64 *offset) {
  int where = found_in;
  *offset = found_at;
  found_in = NOTHING;
  return where;
}

/* The first bytes of a database file, of the file itself and whatever lies in its log. Through SQLite's own layer, because closing
** a file by other means drops the locks that this process has on it. */
int gatewright_pages_header(const char *path, unsigned char *out, int bytes) {
  int flags = 0;
  sqlite3_file *file = sqlite3_malloc(below->szOsFile);
  if (file == 0) return SQLITE_NOMEM;
  memset(file, 0, (size_t)below->szOsFile);
  int rc = below->xOpen(below, path, file, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY, &flags);
  if (rc == SQLITE_OK) rc = file->pMethods->xRead(file, out, bytes, 0);
  if (file->pMethods) file->pMethods->xClose(file);
  sqlite3_free(file);
  return rc;
}

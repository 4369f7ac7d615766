#!/usr/bin/python3
"""A file system that forgets at a power cut what was not fsynced: forgetful.py STORE MOUNTPOINT.

What is written stays in memory, page by page, until fsync or fdatasync of that file takes it to STORE. Names (created, renamed, removed) go to
STORE at once, as on a journalling file system. The cut comes with a file named `cut` beside STORE: from then on every call fails; of the pages
not yet synced each is kept or lost by a coin (the seed is what the file says), as a disk that writes in an order of its own would have it.

Neither LazyFS nor dm-flakey are in Debian's packages or this kernel; FUSE is.
"""
import errno
import os
import random
import stat
import sys
import threading

import fusepy as fuse

PAGE = 4096


class Cut(fuse.FuseOSError):
    def __init__(self):
        super().__init__(errno.EIO)


class Forgetful(fuse.Operations):
    """Pages of a file that are not synced are in `dirty`: {inode: {page: bytes}}; `size` is what its length is until then."""

    def __init__(self, store):
        self.store, self.turn, self.over = store, threading.RLock(), False
        self.dirty, self.size = {}, {}

    # ---- the cut

    def __call__(self, op, path, *args):
        with self.turn:
            if not self.over and os.path.exists(f"{self.store}.cut"):
                self.cut()
            if self.over and op not in ("init", "destroy"):
                raise Cut()
            return super().__call__(op, self.store + path if path is not None else path, *args)

    def cut(self):
        with open(f"{self.store}.cut", encoding="ascii") as file:
            rng = random.Random(file.read())
        for inode in list(self.dirty):
            kept = {page: data for page, data in self.dirty[inode].items() if rng.random() < 0.5}
            self.dirty[inode] = kept
            if kept:
                self.take(inode, self.paths.get(inode), whole=False)
        self.over = True

    # ---- pages

    paths = {}  # inode: one of its names, for the cut

    def inode(self, path, fh=None):
        found = os.fstat(fh) if fh else os.lstat(path)
        self.paths[found.st_ino] = path
        return found.st_ino

    def take(self, inode, path, whole=True, fh=None):
        """What is dirty goes to the store; with `whole` the length as well, and all of it is on disk afterwards."""
        pages, size = self.dirty.pop(inode, {}), self.size.pop(inode, None)
        if not pages and (size is None or not whole):
            return
        if fh is None and (path is None or not os.path.exists(path)):  # removed meanwhile
            return
        fd = fh or os.open(path, os.O_RDWR)
        for page, data in pages.items():
            end = len(data) if size is None else min(len(data), size - page * PAGE)
            os.pwrite(fd, data[:max(0, end)], page * PAGE)
        if whole and size is not None:
            os.ftruncate(fd, size)
        if not fh:
            os.close(fd)

    def page(self, fd, inode, number):
        dirty = self.dirty.setdefault(inode, {})
        if number not in dirty:
            dirty[number] = os.pread(fd, PAGE, number * PAGE).ljust(PAGE, b"\0")
        return dirty[number]

    def length(self, inode, stored):
        return self.size.get(inode, stored)

    # ---- calls about contents; fh is a descriptor of the stored file

    def open(self, path, flags):
        return os.open(path, (flags & ~(os.O_WRONLY | os.O_APPEND | os.O_TRUNC)) | os.O_RDWR)

    def create(self, path, mode, fi=None):
        uid, gid, _ = fuse.fuse_get_context()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)
        os.chown(path, uid, gid)
        return fd

    def read(self, path, size, offset, fh):
        found = os.fstat(fh)
        inode = found.st_ino
        size = max(0, min(size, self.length(inode, found.st_size) - offset))
        data, dirty = bytearray(os.pread(fh, size, offset).ljust(size, b"\0")), self.dirty.get(inode, {})
        for number in range(offset // PAGE, (offset + size + PAGE - 1) // PAGE):
            if number in dirty:
                begin, end = max(offset, number * PAGE), min(offset + size, (number + 1) * PAGE)
                data[begin - offset:end - offset] = dirty[number][begin - number * PAGE:end - number * PAGE]
        return bytes(data)

    def write(self, path, data, offset, fh):
        inode, done = self.inode(path, fh), 0
        while done < len(data):
            number, at = divmod(offset + done, PAGE)
            piece = data[done:done + PAGE - at]
            page = self.page(fh, inode, number) if len(piece) < PAGE else b""
            self.dirty.setdefault(inode, {})[number] = page[:at] + piece + page[at + len(piece):]
            done += len(piece)
        self.size[inode] = max(self.length(inode, os.fstat(fh).st_size), offset + len(data))
        return len(data)

    def truncate(self, path, length, fh=None):
        inode = self.inode(path, fh)
        dirty = self.dirty.get(inode, {})
        for number in [number for number in dirty if number * PAGE >= length]:
            del dirty[number]
        last = length // PAGE
        if last in dirty:
            dirty[last] = dirty[last][:length % PAGE].ljust(PAGE, b"\0")
        if length < os.lstat(path).st_size:  # as a name: journalled
            os.truncate(path, length)
        self.size[inode] = length

    def fsync(self, path, datasync, fh):
        self.take(os.fstat(fh).st_ino, path, fh=fh)
        return 0

    def release(self, path, fh):
        os.close(fh)

    def flush(self, path, fh):
        return 0

    def fsyncdir(self, path, datasync, fh):
        return 0

    # ---- calls about names

    def getattr(self, path, fh=None):
        found = os.fstat(fh) if fh else os.lstat(path)
        known = {key: getattr(found, key) for key in ("st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid", "st_ino")}
        if stat.S_ISREG(found.st_mode):
            known["st_size"] = self.length(found.st_ino, found.st_size)
        return known

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(path)]

    def unlink(self, path):
        found = os.lstat(path)
        os.unlink(path)
        if found.st_nlink == 1:
            self.dirty.pop(found.st_ino, None)
            self.size.pop(found.st_ino, None)

    def rename(self, old, new):
        new = self.store + new
        try:
            gone = os.lstat(new)
            self.dirty.pop(gone.st_ino, None)
            self.size.pop(gone.st_ino, None)
        except FileNotFoundError:
            pass
        os.rename(old, new)
        self.inode(new)

    def mkdir(self, path, mode):
        uid, gid, _ = fuse.fuse_get_context()
        os.mkdir(path, mode)
        os.chown(path, uid, gid)

    def rmdir(self, path):
        os.rmdir(path)

    def chmod(self, path, mode):
        os.chmod(path, mode)

    def chown(self, path, uid, gid):
        os.chown(path, uid, gid)

    def symlink(self, path, source):
        os.symlink(source, path)

    def readlink(self, path):
        return os.readlink(path)

    def link(self, path, source):
        os.link(self.store + source, path)

    def utimens(self, path, times=None):
        os.utime(path, times)

    def statfs(self, path):
        found = os.statvfs(path)
        return {key: getattr(found, key) for key in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize")}

    def access(self, path, mode):
        return 0


if __name__ == "__main__":
    fuse.FUSE(Forgetful(os.path.realpath(sys.argv[1])), sys.argv[2], foreground=True, allow_other=True, default_permissions=True, use_ino=True,
              attr_timeout=0, entry_timeout=0, negative_timeout=0, big_writes=True)

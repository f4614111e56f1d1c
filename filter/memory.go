// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "unsafe"

// There is no garbage collector: what is allocated belongs to a region, which is given
// back as a whole. RATIONALE.md says why. The functions with a linkname are what
// TinyGo's runtime wants of a program that brings its own memory.

// region is memory that is given back at once. Its zero value is an empty one.
type region struct {
	chunks    *chunk  // the latest first
	next, end uintptr // what is still free of the latest
}

var (
	// permanent is what stays for the life of the VM.
	permanent region
	// allocating is the region of what is allocated now.
	allocating *region
)

func allocateIn(r *region) { allocating = r }

// chunk is a piece of the memory, which begins with this: of a region, or a free one.
type chunk struct {
	next *chunk // of the region; of the free ones, which are in the order of their addresses
	size uintptr
}

const (
	pageSize   = 64 << 10
	headerSize = unsafe.Sizeof(chunk{})
	// chunkSize is what a region takes at least. What is too much it can give back.
	chunkSize = 4 << 10
	alignment = 8
)

var freeChunks *chunk

//go:extern __heap_base
var heapBase [0]byte

//export llvm.wasm.memory.size.i32
func memorySize(memory int32) (pages int32)

//export llvm.wasm.memory.grow.i32
func memoryGrow(memory, pages int32) (before int32)

//go:linkname initHeap runtime.initHeap
func initHeap() {
	allocating = &permanent
	start := aligned(uintptr(unsafe.Pointer(&heapBase)))
	giveBack(start, uintptr(memorySize(0))*pageSize-start)
}

func aligned(n uintptr) uintptr { return (n + alignment - 1) &^ (alignment - 1) }

// alloc returns memory that is zero: all that is free is.
//
//go:linkname alloc runtime.alloc
func alloc(size uintptr, _ unsafe.Pointer) unsafe.Pointer {
	size = max(aligned(size), alignment)
	r := allocating
	if size > r.end-r.next {
		r.grow(size)
	}
	start := r.next
	r.next += size
	noteAllocation(size)
	return unsafe.Pointer(start)
}

func (r *region) grow(size uintptr) {
	r.trim()
	c := take(max(size+headerSize, chunkSize))
	start := uintptr(unsafe.Pointer(c))
	if last := r.chunks; last != nil && uintptr(unsafe.Pointer(last))+last.size == start {
		last.size += c.size
		r.end = start + c.size
		*c = chunk{}
		return
	}
	c.next, r.chunks = r.chunks, c
	r.next, r.end = start+headerSize, start+c.size
}

// trim gives back what the region has not used so far.
func (r *region) trim() {
	if unused := r.end - r.next; unused >= headerSize {
		r.chunks.size -= unused
		giveBack(r.next, unused)
	}
	r.end = r.next
}

// release gives all of the region back.
func (r *region) release() {
	for c := r.chunks; c != nil; {
		next, start, size := c.next, uintptr(unsafe.Pointer(c)), c.size
		wipe(start, size)
		giveBack(start, size)
		c = next
	}
	*r = region{}
}

// take returns a free chunk of this size, or hardly more.
func take(size uintptr) *chunk {
	for {
		for link := &freeChunks; *link != nil; link = &(*link).next {
			c := *link
			if c.size < size {
				continue
			}
			start := uintptr(unsafe.Pointer(c))
			if left := c.size - size; left >= headerSize {
				rest := (*chunk)(unsafe.Pointer(start + size))
				rest.next, rest.size = c.next, left
				c.next, c.size = rest, size
			}
			*link, c.next = c.next, nil
			ready(start+headerSize, c.size-headerSize)
			return c
		}
		pages := int32((size + pageSize - 1) / pageSize)
		end := uintptr(memorySize(0)) * pageSize
		if memoryGrow(0, pages) < 0 {
			panic("out of memory")
		}
		giveBack(end, uintptr(pages)*pageSize)
	}
}

// giveBack makes memory free, in one chunk with that before and behind it.
func giveBack(start, size uintptr) {
	var before *chunk
	link := &freeChunks
	for *link != nil && uintptr(unsafe.Pointer(*link)) < start {
		before = *link
		link = &before.next
	}
	c := (*chunk)(unsafe.Pointer(start))
	c.next, c.size = *link, size
	*link = c
	c.join()
	if before != nil {
		before.join()
	}
}

// join takes in the next free chunk, if that is right behind.
func (c *chunk) join() {
	next := c.next
	if next == nil || uintptr(unsafe.Pointer(c))+c.size != uintptr(unsafe.Pointer(next)) {
		return
	}
	c.next, c.size = next.next, c.size+next.size
	*next = chunk{}
}

func bytesAt(start, size uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(start)), size)
}

//go:linkname free runtime.free
func free(unsafe.Pointer) {}

//go:linkname markRoots runtime.markRoots
func markRoots(start, end uintptr) {}

//go:linkname collect runtime.GC
func collect() {}

//go:linkname setFinalizer runtime.SetFinalizer
func setFinalizer(object, finalizer interface{}) {}

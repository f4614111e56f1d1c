// SPDX-License-Identifier: Apache-2.0

package servers

import "unsafe"

// table is a hash table of numbered keys. The keys are an operator's, or those of
// the operator's tenants, but whoever chooses them cannot make it slow: each has a
// hash of its own, and no bucket has more than a few of them.
type table struct {
	multiplier uint32
	shift      uint8   // from a hash to its bucket
	first      []int32 // key of each bucket, or none
	keys       []link
	bad        bool // some keys collide too much
}

type link struct {
	hash uint32
	next int32 // key of the same bucket, or none
}

const none = -1

const (
	// longestChain is more than any bucket of a million tables has by chance.
	longestChain = 8
	// mostMultipliers are those that keys would have to collide with at once.
	mostMultipliers = 32
)

// build fills the table with what enter adds, size keys at most. Where they collide too
// much, they are entered once more, with another multiplier.
func (t *table) build(size int, enter func()) {
	t.shift = 30
	for 1<<(32-t.shift) < 2*size {
		t.shift--
	}
	t.first = make([]int32, 1<<(32-t.shift))
	t.keys = make([]link, 0, size)
	t.multiplier = 0x9E3779B1
	for range mostMultipliers {
		t.keys, t.bad = t.keys[:0], false
		for i := range t.first {
			t.first[i] = none
		}
		enter()
		if !t.bad {
			return
		}
		t.multiplier = t.multiplier*747796405 + 2891336454 // stays odd
	}
}

// add enters a key, which gets the next number from 0.
func (t *table) add(hash uint32) {
	bucket := hash >> t.shift
	length := 1
	for key := t.first[bucket]; key != none; key = t.keys[key].next {
		t.bad = t.bad || t.keys[key].hash == hash
		length++
	}
	t.bad = t.bad || length > longestChain
	t.keys = append(t.keys, link{hash, t.first[bucket]})
	t.first[bucket] = int32(len(t.keys) - 1)
}

// find returns the only key that a hash can be of, or none. It is called for whatever
// clients send, so that it does without the checks of slices: a shift leaves no more
// than there are buckets.
func (t *table) find(hash uint32) int32 {
	first, keys := unsafe.Pointer(unsafe.SliceData(t.first)), unsafe.Pointer(unsafe.SliceData(t.keys))
	key := *(*int32)(unsafe.Add(first, hash>>(t.shift&31)*uint32(unsafe.Sizeof(int32(0)))))
	for key != none {
		link := (*link)(unsafe.Add(keys, uint32(key)*uint32(unsafe.Sizeof(link{}))))
		if link.hash == hash {
			break
		}
		key = link.next
	}
	return key
}

// hashStart is the hash of nothing.
const hashStart = 2166136261

func (t *table) hash(s string) uint32 {
	hash := uint32(hashStart)
	for i := range len(s) {
		hash = (hash ^ uint32(s[i])) * t.multiplier
	}
	return hash
}

// hashFolded ignores the case of ASCII.
func (t *table) hashFolded(s string) uint32 {
	hash := uint32(hashStart)
	for i := range len(s) {
		hash = (hash ^ uint32(lower(s[i]))) * t.multiplier
	}
	return hash
}

// SPDX-License-Identifier: Apache-2.0

package servers

// table finds keys by their hashes, in a time that does not grow with their
// number.
type table struct {
	first []int32 // of the keys whose hash ends so, none if there is none
	keys  []link
}

type link struct {
	hash uint32
	next int32 // key with the same end of the hash, or none
}

func newTable(size int) table {
	buckets := 4
	for buckets < 2*size {
		buckets *= 2
	}
	t := table{make([]int32, buckets), make([]link, 0, size)}
	for i := range t.first {
		t.first[i] = none
	}
	return t
}

// add enters a key, which gets the next number from 0.
func (t *table) add(hash uint32) {
	bucket := &t.first[hash&uint32(len(t.first)-1)]
	t.keys = append(t.keys, link{hash, *bucket})
	*bucket = int32(len(t.keys) - 1)
}

// find returns the first key of a hash, or none; then after returns the next one.
func (t *table) find(hash uint32) int32 {
	return t.same(t.first[hash&uint32(len(t.first)-1)], hash)
}

func (t *table) after(key int32, hash uint32) int32 {
	return t.same(t.keys[key].next, hash)
}

func (t *table) same(key int32, hash uint32) int32 {
	for key != none && t.keys[key].hash != hash {
		key = t.keys[key].next
	}
	return key
}

// FNV-1a, byte by byte.
const (
	hashStart = 2166136261
	hashPrime = 16777619
)

func hashString(hash uint32, s string) uint32 {
	for i := range len(s) {
		hash = (hash ^ uint32(s[i])) * hashPrime
	}
	return hash
}

// hashFolded ignores the case of ASCII.
func hashFolded(hash uint32, s string) uint32 {
	for i := range len(s) {
		hash = (hash ^ uint32(lower(s[i]))) * hashPrime
	}
	return hash
}

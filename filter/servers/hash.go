// SPDX-License-Identifier: Apache-2.0

package servers

// table is a hash table: for each bucket its first key, and for each key the next one
// of its bucket.
type table struct {
	first []int32 // or none
	keys  []link
}

type link struct {
	hash uint32
	next int32 // or none
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

// bucket returns where in first a hash is.
func (t *table) bucket(hash uint32) uint32 { return hash & uint32(len(t.first)-1) }

// add enters a key, which gets the next number from 0.
func (t *table) add(hash uint32) {
	bucket := t.bucket(hash)
	t.keys = append(t.keys, link{hash, t.first[bucket]})
	t.first[bucket] = int32(len(t.keys) - 1)
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

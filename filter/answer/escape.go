// SPDX-License-Identifier: Apache-2.0

package answer

// Syntax is what a text stands in, by which it is escaped.
type Syntax uint8

const (
	InText Syntax = 0
	InJSON Syntax = 1 << iota // inside of a string
	InXML
	InHTML

	inMessage // of gRPC
	invisible // where "_" stands for what is not visible ASCII
)

// special says of each byte where it is escaped. No text has a control character: in
// JSON they would be, too.
var special = newSpecial()

func newSpecial() (special [256]Syntax) {
	for c := range special {
		if c <= ' ' || c > '~' {
			special[c] |= invisible
		}
		if c < ' ' || c > '~' || c == '%' {
			special[c] |= inMessage
		}
	}
	special['\\'] |= InJSON
	special['"'] |= InJSON | InXML | InHTML
	for _, c := range []byte(`&<>'`) {
		special[c] |= InXML | InHTML
	}
	return special
}

// escape puts a text, and returns in what syntaxes it has something to escape.
func escape(b *Buffer, text string, syntax Syntax) (found Syntax) {
	for i := range len(text) {
		found |= special[text[i]]
	}
	if found&syntax == 0 {
		b.Put(text)
		return found
	}
	start := 0
	for i := range len(text) {
		c := text[i]
		if special[c]&syntax == 0 {
			continue
		}
		b.Put(text[start:i])
		start = i + 1
		switch {
		case special[c]&syntax&invisible != 0:
			b.Put("_")
		case syntax&InJSON != 0:
			b.Put(`\`)
			start = i
		case syntax&inMessage != 0:
			const digits = "0123456789ABCDEF"
			b.Put("%")
			b.Put(digits[c>>4:][:1])
			b.Put(digits[c&15:][:1])
		default:
			b.Put(entity(c, syntax))
		}
	}
	b.Put(text[start:])
	return found
}

func entity(c byte, syntax Syntax) string {
	switch {
	case c == '&':
		return "&amp;"
	case c == '<':
		return "&lt;"
	case c == '>':
		return "&gt;"
	case c == '"':
		return "&quot;"
	case syntax&InHTML != 0:
		return "&#39;" // before HTML 5 there is no &apos;
	default:
		return "&apos;"
	}
}

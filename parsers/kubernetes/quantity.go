package kubernetes

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// A quantity is an amount of memory as it is written: 760Mi, 1.5Gi, 128974848,
// 129e6, 500m; "" if it is not stated. Manifests write some as numbers.
type quantity string

// UnmarshalJSON takes a string or a number.
func (q *quantity) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	*q = quantity(s)
	return nil
}

// bytes returns the amount in bytes, NotPrinted if it is not stated or none.
func (q quantity) bytes() int64 {
	if n, ok := parseQuantity(string(q)); ok {
		return n
	}
	return event.NotPrinted
}

// milli returns the amount in thousandths, as CPU is counted, NotPrinted if it is
// not stated or none.
func (q quantity) milli() int64 {
	if value := exact(string(q)); value != nil {
		if n := up(value.Mul(value, big.NewRat(1000, 1))); n.IsInt64() {
			return n.Int64()
		}
	}
	return event.NotPrinted
}

// suffixes are what a quantity's number is multiplied by: base to the power of
// exp. Source: apimachinery, pkg/api/resource/suffix.go.
var suffixes = map[string]struct{ base, exp int64 }{
	"n": {10, -9}, "u": {10, -6}, "m": {10, -3}, "": {10, 0},
	"k": {10, 3}, "M": {10, 6}, "G": {10, 9}, "T": {10, 12}, "P": {10, 15}, "E": {10, 18},
	"Ki": {2, 10}, "Mi": {2, 20}, "Gi": {2, 30}, "Ti": {2, 40}, "Pi": {2, 50}, "Ei": {2, 60},
}

// parseQuantity returns what s amounts to, rounded up to a whole number as
// Kubernetes does. It is not ok if s is no quantity, is below 0 or does not fit.
// Source: apimachinery, pkg/api/resource/quantity.go.
func parseQuantity(s string) (int64, bool) {
	value := exact(s)
	if value == nil {
		return 0, false
	}
	n := up(value)
	return n.Int64(), n.IsInt64()
}

// up rounds up to a whole number.
func up(value *big.Rat) *big.Int {
	n := new(big.Int).Add(value.Num(), value.Denom())
	return n.Sub(n, big.NewInt(1)).Div(n, value.Denom())
}

// exact returns what s amounts to, nil if it is no quantity or is below 0.
func exact(s string) *big.Rat {
	const longest = 64
	if len(s) > longest {
		return nil
	}
	s = strings.TrimPrefix(s, "+")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	number, factor := s[:end], suffixFactor(s[end:])
	if factor == nil || strings.Count(number, ".") > 1 || strings.Trim(number, ".") == "" {
		return nil
	}
	value, ok := new(big.Rat).SetString(strings.TrimSuffix("0"+number, "."))
	if !ok {
		return nil
	}
	return value.Mul(value, factor)
}

// suffixFactor returns what a suffix, or an exponent such as e6, stands for, nil
// if it is neither.
func suffixFactor(s string) *big.Rat {
	f, ok := suffixes[s]
	if !ok {
		if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
			return nil
		}
		n, err := strconv.ParseInt(s[1:], 10, 8)
		if err != nil {
			return nil
		}
		f.base, f.exp = 10, n
	}
	power := new(big.Int).Exp(big.NewInt(f.base), big.NewInt(max(f.exp, -f.exp)), nil)
	if f.exp < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), power)
	}
	return new(big.Rat).SetInt(power)
}

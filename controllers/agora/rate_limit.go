// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// mediaRate is the rate of a sound or a picture.
	mediaRate = regexp.MustCompile(`\b(bit|frames?|sampl(e|ing)|video|audio) ?rates?\b`)

	// requestLimit can only mean the number of requests.
	requestLimit = regexp.MustCompile(`\brate ?limit|\bthrottl|\bqps\b|\btoo frequent` +
		`|\btoo many ([a-z]+ )?(request|call)s?\b` +
		`|\b(request|call)s? (rates?|limit[a-z]*|frequency|quota|per)\b` +
		`|\b(requests|calls) exceed` +
		`|\b(rate|limit|frequency|quota|number|count) of (request|call)s?\b`)

	// anyLimit is a rate or a limit of whatever.
	anyLimit = regexp.MustCompile(`\b(rates?|limit[a-z]*|quota)\b`)

	// parameter is what a request holds.
	parameter = regexp.MustCompile(`\b(invalid|parameters?|fps|width|height|length|size|uids?)\b`)
)

// isRateLimit says whether Agora refuses a request with 400 since there were too many.
// It does so where there are more requests a second than a tenth of the account's
// limit of recordings at a time, and documents no body: only the text tells that from
// a wrong request.
func isRateLimit(r Reply) bool {
	if r.status != httpBadRequest {
		return false
	}
	text := spaced(r.text)
	other := mediaRate.ReplaceAllString(text, ".")
	if requestLimit.MatchString(other) {
		return true
	}
	// A limit of anything else is a parameter's, of which Agora's service says by its
	// code that it is wrong. Its gateway, which knows no parameters, gives no code.
	return r.code == 0 && !r.isOfService() && other == text && anyLimit.MatchString(text) && !parameter.MatchString(text)
}

// spaced returns the words of a text in lower case with one space between two, and a
// stop where there is punctuation. frameRate and frame_rate are two words.
func spaced(text string) string {
	var words strings.Builder
	previous := ' '
	for _, r := range text {
		switch {
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			words.WriteByte(' ')
			words.WriteRune(r)
		case unicode.IsLetter(r):
			words.WriteRune(r)
		case unicode.IsSpace(r), unicode.IsDigit(r), strings.ContainsRune("_-/", r):
			words.WriteByte(' ')
		default:
			words.WriteString(" . ")
		}
		previous = r
	}
	return strings.Join(strings.Fields(strings.ToLower(words.String())), " ")
}

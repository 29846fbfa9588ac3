// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// mediaRate matches a rate of audio or video.
	mediaRate = regexp.MustCompile(`\b(bit|frames?|sampl(e|ing)|video|audio) ?rates?\b`)

	// requestLimit matches texts that can only mean the number of requests.
	requestLimit = regexp.MustCompile(`\brate ?limit|\bthrottl|\bqps\b|\btoo frequent` +
		`|\btoo many ([a-z]+ )?(request|call)s?\b` +
		`|\b(request|call)s? (rates?|limit[a-z]*|frequency|quota|per)\b` +
		`|\b(requests|calls) exceed` +
		`|\b(rate|limit|frequency|quota|number|count) of (request|call)s?\b`)

	// anyLimit matches any rate or limit.
	anyLimit = regexp.MustCompile(`\b(rates?|limit[a-z]*|quota)\b`)

	// parameter matches texts about the content of a request.
	parameter = regexp.MustCompile(`\b(invalid|parameters?|fps|width|height|length|size|uids?)\b`)
)

// isRateLimit reports whether Agora refused a request with 400 because there were too
// many. It does so if the requests per second exceed a tenth of the account's limit of
// concurrent recordings. Agora documents no body for this answer, so only the text
// distinguishes it from an invalid request.
func isRateLimit(r Reply) bool {
	if r.status != httpBadRequest {
		return false
	}
	text := spaced(r.text)
	other := mediaRate.ReplaceAllString(text, ".")
	if requestLimit.MatchString(other) {
		return true
	}
	// Any other limit refers to a parameter, and Agora's service reports an invalid
	// parameter by its code. Its gateway knows no parameters and gives no code.
	return r.code == 0 && !r.isOfService() && other == text && anyLimit.MatchString(text) && !parameter.MatchString(text)
}

// spaced returns the words of a text in lower case, separated by single spaces, with a
// full stop for punctuation. frameRate and frame_rate become two words.
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

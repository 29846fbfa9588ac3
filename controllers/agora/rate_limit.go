// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"net/http"
	"strings"
	"unicode"
)

// isRateLimit says whether Agora refuses a request with 400 since there were too many.
// It does so where there are more requests a second than a tenth of the account's
// limit of recordings at a time, and documents no body: only the text tells that from
// a wrong request.
func isRateLimit(r reply) bool {
	if r.status != http.StatusBadRequest {
		return false
	}
	words := wordsOf(r.text)
	if limitsRequests(words) {
		return true
	}
	// A limit of anything else is a parameter's, of which Agora's service says by its
	// code that it is wrong. Its gateway, which knows no parameters, gives no code.
	return r.code == 0 && !r.isOfService() && speaksOfLimit(words) && !speaksOfParameter(words)
}

// limitsRequests says whether a text can only mean the number of requests.
func limitsRequests(words []string) bool {
	for i, word := range words {
		next := at(words, i+1)
		switch {
		case isRate(words, i) && strings.HasPrefix(next, "limit"),
			strings.HasPrefix(word, "ratelimit"),
			strings.HasPrefix(word, "throttl"),
			word == "qps":
			return true
		case isRequest(word) && (limitsWhatPrecedes(next) || strings.HasSuffix(word, "s") && strings.HasPrefix(next, "exceed")):
			return true
		case word == "too" && (next == "frequent" || next == "frequently"):
			return true
		case word == "too" && next == "many" && (isRequest(at(words, i+2)) || isRequest(at(words, i+3))):
			return true
		case word == "of" && isRequest(next) && countsWhatFollows(at(words, i-1)):
			return true
		}
	}
	return false
}

// speaksOfLimit says whether a text is about a rate or a limit of whatever.
func speaksOfLimit(words []string) bool {
	for i, word := range words {
		if isRate(words, i) || strings.HasPrefix(word, "limit") || word == "quota" {
			return true
		}
	}
	return false
}

// speaksOfParameter says whether a text is about what a request holds.
func speaksOfParameter(words []string) bool {
	for i, word := range words {
		if isRateWord(word) && !isRate(words, i) {
			return true
		}
		switch word {
		case "invalid", "parameter", "parameters", "bitrate", "framerate", "samplerate", "fps", "width", "height", "length", "size", "uid", "uids":
			return true
		}
	}
	return false
}

// isRate says whether a word is a rate, and not that of a sound or a picture.
func isRate(words []string, i int) bool {
	switch at(words, i-1) {
	case "bit", "frame", "frames", "sample", "sampling", "video", "audio":
		return false
	}
	return isRateWord(words[i])
}

func isRateWord(word string) bool { return word == "rate" || word == "rates" }

func isRequest(word string) bool {
	switch word {
	case "request", "requests", "call", "calls":
		return true
	}
	return false
}

// limitsWhatPrecedes is for texts such as "request rate" and "requests per second".
func limitsWhatPrecedes(word string) bool {
	switch word {
	case "rate", "rates", "limit", "limits", "limited", "frequency", "quota", "per":
		return true
	}
	return false
}

// countsWhatFollows is for texts such as "number of requests".
func countsWhatFollows(word string) bool {
	switch word {
	case "rate", "limit", "frequency", "quota", "number", "count":
		return true
	}
	return false
}

// at returns a word, or nothing before the first and after the last.
func at(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return words[i]
}

// wordsOf returns the words of a text in lower case, and a stop between two that
// punctuation parts. frameRate and frame_rate are two words.
func wordsOf(text string) []string {
	var spaced strings.Builder
	previous := ' '
	for _, r := range text {
		switch {
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			spaced.WriteByte(' ')
			spaced.WriteRune(r)
		case unicode.IsLetter(r):
			spaced.WriteRune(r)
		case unicode.IsSpace(r), unicode.IsDigit(r), strings.ContainsRune("_-/", r):
			spaced.WriteByte(' ')
		default:
			spaced.WriteString(" . ")
		}
		previous = r
	}
	return strings.Fields(strings.ToLower(spaced.String()))
}

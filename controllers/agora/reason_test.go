// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"
)

func TestReasonIsFoundWhereverItStands(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, reason string }{
		"reason":                     {body: `{"code":2,"reason":"why"}`, reason: "why"},
		"message":                    {body: `{"code":2,"message":"why"}`, reason: "why"},
		"the payload":                {body: `{"code":2,"serverResponse":{"payload":{"message":"why"}}}`, reason: "why"},
		"the code":                   {body: `{"code":"why"}`, reason: "why"},
		"reason before message":      {body: `{"message":"else","reason":"why"}`, reason: "why"},
		"message before the payload": {body: `{"message":"why","serverResponse":{"payload":{"message":"else"}}}`, reason: "why"},
		"message if reason is empty": {body: `{"message":"why","reason":""}`, reason: "why"},
		"a text before the code":     {body: `{"code":"else","reason":"why"}`, reason: "why"},
		"nowhere":                    {body: `{"code":2}`},
		"a number":                   {body: `{"code":2,"reason":17}`, reason: "17"},
		"an object":                  {body: `{"code":2,"reason":{"text":"why"}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(concludeLesson(MethodStop, 400, test.body).Reason).To(Equal(test.reason))
		})
	}
}

func TestReasonIsFitForAStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ said, reason string }{
		"blanks around it":           {said: " why \n", reason: "why"},
		"line breaks":                {said: "one\r\ntwo\tthree", reason: "one  two three"},
		"control characters":         {said: "a\x00b\x1b[31mc\u0085d", reason: "a b [31mc d"},
		"other scripts":              {said: "参数错误", reason: "参数错误"},
		"exactly as much as fits":    {said: strings.Repeat("x", 256), reason: strings.Repeat("x", 256)},
		"more than fits":             {said: strings.Repeat("x", 257), reason: strings.Repeat("x", 256)},
		"a character across the cut": {said: strings.Repeat("x", 255) + "ä", reason: strings.Repeat("x", 255)},
		"three-byte characters":      {said: strings.Repeat("错", 100), reason: strings.Repeat("错", 85)},
		"a blank before the cut":     {said: strings.Repeat("x", 255) + " y", reason: strings.Repeat("x", 255)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			body, err := json.Marshal(map[string]any{"code": 2, "reason": test.said})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(concludeLesson(MethodStop, 400, string(body)).Reason).To(Equal(test.reason))
		})
	}
}

func TestReasonOfABodyThatIsNoUTF8(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	reason := concludeLesson(MethodStop, 400, "{\"reason\":\"a\xff\xfeb\"}").Reason
	g.Expect(utf8.ValidString(reason)).To(BeTrue())
	g.Expect(reason).To(Equal("a  b"))
}

func TestReasonHidesCredentialsThatAreSentBack(t *testing.T) {
	t.Parallel()
	credentials := testCredentials()
	authorization := basicAuthorization(credentials)
	for _, secret := range []string{credentials.CustomerSecret, authorization} {
		for name, body := range map[string]map[string]any{
			"reason":      {"reason": "got " + secret + "."},
			"message":     {"message": "got " + secret + "."},
			"the payload": {"serverResponse": map[string]any{"payload": map[string]any{"message": "got " + secret + "."}}},
			"the code":    {"code": "got " + secret + "."},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				encoded, err := json.Marshal(body)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(concludeLesson(MethodStop, 400, string(encoded)).Reason).To(Equal("got [redacted]."))
			})
		}
	}
}

func TestReasonHidesCredentialsAcrossTheCut(t *testing.T) {
	t.Parallel()
	secret := testCredentials().CustomerSecret
	for before := maxReasonBytes - len(secret) - 1; before < maxReasonBytes; before++ {
		g := NewWithT(t)
		said := strings.Repeat("-", before) + secret + strings.Repeat("-", 50)
		reason := concludeLesson(MethodStop, 400, `{"reason":"`+said+`"}`).Reason
		g.Expect(reason).NotTo(ContainSubstring(secret[:4]))
		g.Expect(len(reason)).To(BeNumerically("<=", maxReasonBytes))
	}
}

func TestReasonWithoutSecretsToHide(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(redact("nothing to hide", Credentials{})).To(Equal("nothing to hide"))
	g.Expect(redact("eee", Credentials{CustomerSecret: "e"})).To(Equal(strings.Repeat("[redacted]", 3)))
}

// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"cloudrecording.dev/operator/controllers/agora"
)

func FuzzEscapePath(f *testing.F) {
	for _, part := range []string{
		lessonSID, "", ".", "..", "...", "/", "//", "../..", "a/b", "a?b", "a#b", "a%2Fb", "%2e%2e", "%", "a b", "a;b", "a:b",
		"@evil.example.com", "//evil.example.com/", "\\..\\", "\r\nHost: evil.example.com", "\x00", "\xff", "ä", "a&b=c+d",
	} {
		f.Add(part, lessonResourceID, lessonSID)
		f.Add("4c8d2a91e07b4f53b6d1c0e9f7a83b25", part, part)
	}
	client := newTestClient(f, "https://api.example.com/base")
	f.Fuzz(func(t *testing.T, appID, resourceID, sid string) {
		odd := aRecording()
		odd.AppID, odd.ResourceID, odd.SID = appID, resourceID, sid
		wanted := []string{
			"base", "v1", "apps", appID, "cloud_recording", "resourceid", resourceID, "sid", sid, "mode", "mix", "query",
		}
		request, err := client.newRequest(t.Context(), "https://api.example.com/base", testCredentials(), odd,
			call{method: agora.MethodQuery, verb: http.MethodGet, path: pathOf(odd, agora.MethodQuery)})
		if err != nil {
			for _, part := range wanted {
				if part == "" || part == "." || part == ".." {
					return
				}
			}
			t.Fatalf("refused %q: %v", wanted, err)
		}
		seen := sent(t, request)
		if seen.Host != "api.example.com" {
			t.Errorf("went to %q", seen.Host)
		}
		if seen.URL.RawQuery != "" || seen.URL.ForceQuery || seen.URL.Fragment != "" {
			t.Errorf("%q has more than a path", seen.RequestURI)
		}
		if got := segments(t, seen.RequestURI); !reflect.DeepEqual(got, wanted) {
			t.Errorf("the server sees %q instead of %q", got, wanted)
		}
	})
}

// sent returns a request as a server receives it.
func sent(t *testing.T, request *http.Request) *http.Request {
	t.Helper()
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(&wire)
	seen, err := http.ReadRequest(reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the server sees more than one request")
	}
	return seen
}

// segments returns the segments of a path as a server decodes them.
func segments(t *testing.T, path string) []string {
	t.Helper()
	var parts []string
	for _, escaped := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		part, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatal(errors.Join(errors.New("cannot unescape "+escaped), err))
		}
		if dots := strings.ToLower(escaped); dots == "." || dots == ".." || strings.HasPrefix(dots, "%2e") {
			t.Errorf("a server may resolve %q", escaped)
		}
		parts = append(parts, part)
	}
	return parts
}

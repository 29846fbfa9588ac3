// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSelectors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ query, expected string }{
		"a metric alone": {`up`, `[{"metric":"up","labels":[],"values":{}}]`},
		"what matchers ask": {`up{job="a", instance!="b", pod=~"c|d", node=~"e.*"}`,
			`[{"metric":"up","labels":["instance","job","node","pod"],"values":{"instance":["b"],"job":["a"],"pod":["c","d"]}}]`},
		"a name in braces":     {`{__name__="up"}`, `[{"metric":"up","labels":[],"values":{}}]`},
		"what a grouping asks": {`sum by (a) (max by (b) (rate(up[5m])))`, `[{"metric":"up","labels":["a","b"],"values":{}}]`},
		"what a join asks": {`up * on (a) group_left (b) down`,
			`[{"metric":"up","labels":["a","b"],"values":{}},{"metric":"down","labels":["a","b"],"values":{}}]`},
		"a subquery": {`max_over_time(sum by (a) (up)[1h:1m])`, `[{"metric":"up","labels":["a"],"values":{}}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output bytes.Buffer
			if err := run(strings.NewReader(`["`+strings.ReplaceAll(c.query, `"`, `\"`)+`"]`), &output); err != nil {
				t.Fatal(err)
			}
			if found := strings.TrimSpace(output.String()); found != "["+c.expected+"]" {
				t.Errorf("found %s, expected [%s]", found, c.expected)
			}
		})
	}
}

func TestNoSelectorsOfWhatIsNoQuery(t *testing.T) {
	t.Parallel()
	if err := run(strings.NewReader(`["sum by"]`), &bytes.Buffer{}); err == nil {
		t.Error("it was taken")
	}
}

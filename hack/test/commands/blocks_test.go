// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []Block
	}{
		"none":         {"# Title\n\nText with `code` and ```more code```.\n", nil},
		"one":          {"Text:\n\n```sh\nmake help\n```\n", []Block{{Line: 4, Language: "sh", Text: "make help\n"}}},
		"no language":  {"```\nsum(x)\n```", []Block{{Line: 2, Text: "sum(x)\n"}}},
		"empty":        {"```sh\n```\n", []Block{{Line: 2, Language: "sh"}}},
		"with more":    {"```sh title=\"x\"\na\n```\n", []Block{{Line: 2, Language: "sh", Text: "a\n"}}},
		"two":          {"```sh\na\n\nb\n```\n```yaml\nc: d\n```\n", []Block{{Line: 2, Language: "sh", Text: "a\n\nb\n"}, {Line: 7, Language: "yaml", Text: "c: d\n"}}},
		"in a list":    {"1. First:\n   ```sh\n   a <<EOT\n     b\n   EOT\n   ```\n", []Block{{Line: 3, Language: "sh", Text: "a <<EOT\n  b\nEOT\n"}}},
		"other fences": {"~~~sh\na\n```\n~~~\n````sh\n```\nb\n````\n", []Block{{Line: 2, Language: "sh", Text: "a\n```\n"}, {Line: 6, Language: "sh", Text: "```\nb\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			for i := range test.want {
				test.want[i].Document = "README.md"
			}
			found, err := Blocks("README.md", test.text)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(test.want))
		})
	}
}

func TestABlockThatIsNotClosedIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Blocks("README.md", "Text\n```sh\nmake help\n")
	NewWithT(t).Expect(err).To(MatchError("README.md:3: the block is not closed"))
}

// FuzzBlocks checks that every block is part of the text.
func FuzzBlocks(f *testing.F) {
	f.Add("```sh\nmake help\n```\n")
	f.Add("- a\n  ~~~~yaml\n  b: c\n  ~~~~\n")
	f.Fuzz(func(t *testing.T, text string) {
		g := NewWithT(t)
		blocks, err := Blocks("x", text)
		if err != nil {
			return
		}
		total := 0
		for _, block := range blocks {
			total += len(block.Text)
		}
		g.Expect(total).To(BeNumerically("<=", len(text)+1))
	})
}

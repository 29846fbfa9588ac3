// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"strings"
)

// notes are notes for people on several files. Equal notes are merged.
type notes struct {
	texts []string
	files map[string][]string
}

// add adds notes that are not about a single file.
func (n *notes) add(texts ...string) { n.addOf("", texts) }

// addOf adds notes about a file.
func (n *notes) addOf(file string, texts []string) {
	if n.files == nil {
		n.files = map[string][]string{}
	}
	for _, text := range texts {
		if _, isThere := n.files[text]; !isThere {
			n.texts = append(n.texts, text)
		}
		n.files[text] = append(n.files[text], file)
	}
}

// all returns the notes. The files that a note is about precede it.
func (n *notes) all() (all []string) {
	for _, text := range n.texts {
		if files := n.files[text]; files[0] != "" {
			text = listed(files) + ": " + text
		}
		all = append(all, text)
	}
	return all
}

// mostListed is the maximum number of items of a list in a note.
const mostListed = 3

// listed names the first items of a list, and says how many more there are.
func listed(all []string) string {
	if rest := len(all) - mostListed; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:mostListed], ", "), rest)
	}
	if last := len(all) - 1; last > 0 {
		return strings.Join(all[:last], ", ") + " and " + all[last]
	}
	return all[0]
}

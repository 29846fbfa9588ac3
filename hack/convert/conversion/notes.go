// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"strings"
)

// notes are what people are told of several files, each sentence once.
type notes struct {
	texts []string
	files map[string][]string
}

// add adds what is about no file alone.
func (n *notes) add(texts ...string) { n.addOf("", texts) }

// addOf adds what is about a file.
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

// all returns the sentences, with the files that each is about before it.
func (n *notes) all() (all []string) {
	for _, text := range n.texts {
		if files := n.files[text]; files[0] != "" {
			text = listed(files) + ": " + text
		}
		all = append(all, text)
	}
	return all
}

// mostListed is how many of a list people are told.
const mostListed = 3

// listed names the first of a list, and says how many more there are.
func listed(all []string) string {
	if rest := len(all) - mostListed; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:mostListed], ", "), rest)
	}
	if last := len(all) - 1; last > 0 {
		return strings.Join(all[:last], ", ") + " and " + all[last]
	}
	return all[0]
}

// SPDX-License-Identifier: Apache-2.0

// Package view shows what is known of recordings to people, within the width of a terminal.
// It is pure.
package view

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Width is how many columns a terminal has at least.
const Width = 80

// Node is a line of a tree, and what hangs below it.
type Node struct {
	Text     string
	Children []Node
}

// Print writes the tree. A text that is too long goes on in further lines.
func (n Node) Print(out io.Writer) {
	printWrapped(out, "", "", n.Text)
	n.printChildren(out, "")
}

func (n Node) printChildren(out io.Writer, indent string) {
	for i, child := range n.Children {
		first, below := "├─ ", "│  "
		if i == len(n.Children)-1 {
			first, below = "└─ ", "   "
		}
		continued := indent + below
		if len(child.Children) > 0 {
			continued += "│  "
		}
		printWrapped(out, indent+first, continued, child.Text)
		child.printChildren(out, indent+below)
	}
}

// printWrapped writes a text, broken between words, with what its first line begins with and
// its others.
func printWrapped(out io.Writer, first, others, text string) {
	prefix := first
	for _, line := range wrap(printable(text), Width-utf8.RuneCountInString(first), Width-utf8.RuneCountInString(others)) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(prefix+line, " "))
		prefix = others
	}
}

// wrap breaks a text between words. A word that is longer than a line has one of its own.
func wrap(text string, first, others int) (lines []string) {
	line, room := "", first
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= room:
			line += " " + word
		default:
			lines = append(lines, line)
			line, room = word, others
		}
	}
	return append(lines, line)
}

// printable replaces what would move the cursor of a terminal: others than its user may have
// written it into a status.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// labelWidth is that of the labels of items.
const labelWidth = 9

// PrintItem writes a text behind a short label.
func PrintItem(out io.Writer, label, text string) {
	printWrapped(out, fmt.Sprintf("%-*s", labelWidth, label), strings.Repeat(" ", labelWidth), text)
}

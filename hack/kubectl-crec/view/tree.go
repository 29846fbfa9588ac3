// SPDX-License-Identifier: Apache-2.0

// Package view presents recordings to users, within the width of a terminal. It is pure.
package view

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Width is the minimum width of a terminal in columns.
const Width = 80

// Node is a line of a tree with its children.
type Node struct {
	Text     string
	Children []Node
}

// Print writes the tree. It wraps long texts.
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

// printWrapped writes a text that is wrapped between words. The first line and the others
// have their own prefixes.
func printWrapped(out io.Writer, first, others, text string) {
	prefix := first
	for _, line := range wrap(printable(text), Width-utf8.RuneCountInString(first), Width-utf8.RuneCountInString(others)) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(prefix+line, " "))
		prefix = others
	}
}

// wrap wraps a text between words. A word that is longer than a line gets its own line.
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

// printable replaces characters that could move the cursor of the terminal. People other
// than the user may have written the status.
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

// labelWidth is the width of the labels of items.
const labelWidth = 9

// PrintItem writes a short label and a text.
func PrintItem(out io.Writer, label, text string) {
	printWrapped(out, fmt.Sprintf("%-*s", labelWidth, label), strings.Repeat(" ", labelWidth), text)
}

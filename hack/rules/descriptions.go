// SPDX-License-Identifier: Apache-2.0

package main

import "regexp"

// brokenLine matches a line break within a paragraph. List items are not joined.
var brokenLine = regexp.MustCompile(`([^\n])\n([^\n-])`)

// paragraphs removes the source code's line breaks from the paragraphs of a text. kubectl
// explain wraps lines itself, and would keep these as well.
func paragraphs(text string) string { return brokenLine.ReplaceAllString(text, "$1 $2") }

func describe(of *schema) { of.Description = paragraphs(of.Description) }

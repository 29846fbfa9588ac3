// SPDX-License-Identifier: Apache-2.0

package main

import "regexp"

// brokenLine finds a line break within a paragraph, which is no part of a list.
var brokenLine = regexp.MustCompile(`([^\n])\n([^\n-])`)

// paragraphs returns a text without the line breaks that it has in the source. kubectl explain breaks
// lines itself, and would keep these as well.
func paragraphs(text string) string { return brokenLine.ReplaceAllString(text, "$1 $2") }

func describe(of *schema) { of.Description = paragraphs(of.Description) }

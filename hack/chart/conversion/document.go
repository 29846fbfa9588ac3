// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// document is an object that contains template actions. A YAML tree cannot contain them, so it
// contains marks that are replaced in the text.
type document struct {
	inline []string
	blocks []block
}

// block writes the lines that replace a mark.
type block func(indent string) (string, error)

var (
	// inlineMark is a scalar, or a part of one.
	inlineMark = regexp.MustCompile(`CHART_INLINE_(\d+)_`)
	// blockMark is an item of a list, or an entry of a map. In a map, the name of the field
	// precedes the mark, so that the lines are sorted like the field.
	blockMark = regexp.MustCompile(`(?m)^( *)(?:- CHART_BLOCK_|[A-Za-z]*CHART_BLOCK_)(\d+)_(?:: null)?\n`)
)

// Names that sort lines before or after all fields of a map.
const (
	beforeFields = "a"
	afterFields  = "z"
)

// expression returns the mark of an action that yields a scalar.
func (d *document) expression(action string) string {
	d.inline = append(d.inline, "{{ "+action+" }}")
	return fmt.Sprintf("CHART_INLINE_%d_", len(d.inline)-1)
}

func (d *document) mark(b block) string {
	d.blocks = append(d.blocks, b)
	return fmt.Sprintf("CHART_BLOCK_%d_", len(d.blocks)-1)
}

// isMarked reports whether a mark replaces a field.
func isMarked(section map[string]any, field string) bool {
	for key := range section {
		if strings.HasPrefix(key, field+"CHART_BLOCK_") {
			return true
		}
	}
	return false
}

// setLines adds lines to a map in place of a field of that name.
func (d *document) setLines(section map[string]any, field string, lines ...string) {
	delete(section, field)
	section[field+d.mark(indented(lines...))] = nil
}

// appendLines returns a list with lines at its end.
func (d *document) appendLines(list []any, lines ...string) []any {
	return append(list, d.mark(indented(lines...)))
}

// set sets a field to a value, even if the value is empty.
func (d *document) set(section map[string]any, field, value string) {
	d.setLines(section, field, field+":", "  {{- toYaml "+value+" | nindent %d }}")
}

// setOptional sets a field to a value unless the value is empty.
func (d *document) setOptional(section map[string]any, field, value string) {
	d.setLines(section, field, "{{- with "+value+" }}", field+":", "  {{- toYaml . | nindent %d }}", "{{- end }}")
}

// setOptionalText is setOptional for a string.
func (d *document) setOptionalText(section map[string]any, field, value string) {
	d.setLines(section, field, "{{- with "+value+" }}", field+": {{ . | quote }}", "{{- end }}")
}

// addEntries adds the entries of a value, which is a map, to a map. The existing entries win,
// because a key may occur only once in YAML.
func (d *document) addEntries(section map[string]any, value string) {
	d.setLines(section, afterFields, "{{- with "+omitting(value, section)+" }}", "{{- toYaml . | nindent %d }}", "{{- end }}")
}

// omitting returns an expression for a map value without the keys of another map.
func omitting(value string, section map[string]any) string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(section)) {
		if !strings.Contains(key, "CHART_BLOCK_") {
			keys = append(keys, strconv.Quote(key))
		}
	}
	if len(keys) == 0 {
		return value
	}
	return "omit " + value + " " + strings.Join(keys, " ")
}

// appendItems returns a list with the items of a value, which is a list, at its end.
func (d *document) appendItems(list []any, value string) []any {
	return d.appendLines(list, "{{- with "+value+" }}", "{{- toYaml . | nindent %d }}", "{{- end }}")
}

// conditional writes a tree if a condition holds.
func (d *document) conditional(condition string, tree any) block {
	return d.within("if "+condition, tree)
}

// with writes a tree unless a value is empty. In the tree, the dot is that value.
func (d *document) with(value string, tree any) block {
	return d.within("with "+value, tree)
}

func (d *document) within(action string, tree any) block {
	return func(indent string) (string, error) {
		body, err := d.write(tree)
		if err != nil {
			return "", err
		}
		return indent + "{{- " + action + " }}\n" + indentText(body, indent) + indent + "{{- end }}\n", nil
	}
}

// indented writes lines. In a line, %d is the number of spaces before it.
func indented(lines ...string) block {
	return func(indent string) (string, error) {
		var written strings.Builder
		for _, line := range lines {
			line = indent + line
			spaces := len(line) - len(strings.TrimLeft(line, " "))
			written.WriteString(strings.ReplaceAll(line, "%d", strconv.Itoa(spaces)) + "\n")
		}
		return written.String(), nil
	}
}

func indentText(text, indent string) string {
	var written strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			line = indent + line
		}
		written.WriteString(line)
	}
	return written.String()
}

// write returns a tree as the text of a template.
func (d *document) write(tree any) (string, error) {
	encoded, err := yaml.Marshal(tree)
	if err != nil {
		return "", fmt.Errorf("encode an object: %w", err)
	}
	// Braces in an object are not an action.
	written := strings.ReplaceAll(string(encoded), "{{", `{{ "{{" }}`)
	var failed error
	written = blockMark.ReplaceAllStringFunc(written, func(line string) string {
		match := blockMark.FindStringSubmatch(line)
		number, _ := strconv.Atoi(match[2])
		lines, err := d.blocks[number](match[1])
		if err != nil {
			failed = err
		}
		return lines
	})
	written = inlineMark.ReplaceAllStringFunc(written, func(mark string) string {
		number, _ := strconv.Atoi(inlineMark.FindStringSubmatch(mark)[1])
		return d.inline[number]
	})
	if failed == nil && strings.Contains(written, "CHART_") {
		failed = errors.New("a mark was left in a template: it stands where no lines can")
	}
	return written, failed
}

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

// document is an object with actions of a template in it. A tree of YAML cannot hold
// them, so it holds marks, which are replaced in the text.
type document struct {
	inline []string
	blocks []block
}

// block writes the lines that stand for a mark.
type block func(indent string) (string, error)

var (
	// inlineMark is a scalar, or a part of one.
	inlineMark = regexp.MustCompile(`CHART_INLINE_(\d+)_`)
	// blockMark is an item of a list, or an entry of a map, with the name of its field
	// before the mark, so that it stands where the field would.
	blockMark = regexp.MustCompile(`(?m)^( *)(?:- CHART_BLOCK_|[A-Za-z]*CHART_BLOCK_)(\d+)_(?:: null)?\n`)
)

// Lines that are no field's stand before or behind the fields of a map.
const (
	beforeFields = "a"
	afterFields  = "z"
)

// expression returns what stands for an action that yields a scalar.
func (d *document) expression(action string) string {
	d.inline = append(d.inline, "{{ "+action+" }}")
	return fmt.Sprintf("CHART_INLINE_%d_", len(d.inline)-1)
}

func (d *document) mark(b block) string {
	d.blocks = append(d.blocks, b)
	return fmt.Sprintf("CHART_BLOCK_%d_", len(d.blocks)-1)
}

// isMarked says whether a mark stands where a field would.
func isMarked(section map[string]any, field string) bool {
	for key := range section {
		if strings.HasPrefix(key, field+"CHART_BLOCK_") {
			return true
		}
	}
	return false
}

// setLines adds lines to a map, where a field of that name would stand.
func (d *document) setLines(section map[string]any, field string, lines ...string) {
	delete(section, field)
	section[field+d.mark(indented(lines...))] = nil
}

// appendLines returns a list with lines at its end.
func (d *document) appendLines(list []any, lines ...string) []any {
	return append(list, d.mark(indented(lines...)))
}

// set makes a field what a value says, also where that is empty.
func (d *document) set(section map[string]any, field, value string) {
	d.setLines(section, field, field+":", "  {{- toYaml "+value+" | nindent %d }}")
}

// setOptional makes a field what a value says, unless that is empty.
func (d *document) setOptional(section map[string]any, field, value string) {
	d.setLines(section, field, "{{- with "+value+" }}", field+":", "  {{- toYaml . | nindent %d }}", "{{- end }}")
}

// setOptionalText is setOptional for a string.
func (d *document) setOptionalText(section map[string]any, field, value string) {
	d.setLines(section, field, "{{- with "+value+" }}", field+": {{ . | quote }}", "{{- end }}")
}

// addEntries adds the entries of a value, which is a map, to those of a map. Those of the map
// win: YAML has each once.
func (d *document) addEntries(section map[string]any, value string) {
	d.setLines(section, afterFields, "{{- with "+omitting(value, section)+" }}", "{{- toYaml . | nindent %d }}", "{{- end }}")
}

// omitting returns a value that is a map without the entries that another has.
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

// conditional writes a tree where a condition holds.
func (d *document) conditional(condition string, tree any) block {
	return d.within("if "+condition, tree)
}

// with writes a tree, in which a dot is a value, unless that is empty.
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
	// What looks like an action in an object is none.
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

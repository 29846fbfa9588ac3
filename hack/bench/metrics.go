// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// samples are what a process tells of itself: lines of Prometheus's text format.
type samples []string

// parseSamples leaves out what is said about the metrics themselves.
func parseSamples(content []byte) samples {
	var lines samples
	for line := range bytes.Lines(content) {
		if text := strings.TrimSpace(string(line)); text != "" && !strings.HasPrefix(text, "#") {
			lines = append(lines, text)
		}
	}
	return lines
}

// sum adds up the samples of a metric that have all of the labels.
func (s samples) sum(metric string, labels ...label) (float64, error) {
	total := 0.0
	for _, line := range s {
		if !isOf(line, metric) || !hasLabels(line, labels) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("read the metric %s: %w", metric, err)
		}
		total += value
	}
	return total, nil
}

// label is what tells the samples of a metric apart.
type label struct{ name, value string }

func isOf(line, metric string) bool {
	rest, ok := strings.CutPrefix(line, metric)
	return ok && (strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, " "))
}

func hasLabels(line string, labels []label) bool {
	for _, l := range labels {
		text := fmt.Sprintf("%s=%q", l.name, l.value)
		if !strings.Contains(line, "{"+text) && !strings.Contains(line, ","+text) {
			return false
		}
	}
	return true
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	completedRecordings = 100_000

	// completedPortion is after how many objects it is said how many are left.
	completedPortion = 10_000

	// listPage is how many objects are listed at once, as clients do by default.
	listPage = 500

	// completedRest is how long the operator is left alone after the start: for longer than
	// it takes to give back what the start has left of memory.
	completedRest = 75 * time.Second
)

// measureCompleted measures what objects cost of which nothing is left to do.
// They are copies of one that the operator has completed.
func measureCompleted(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	original, err := s.complete(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.operator.Stop(); err != nil {
		return nil, err
	}
	s.operator = nil
	s.changes.stop()
	err = l.withoutChecks(ctx, func() error {
		return s.multiply(ctx, l, original, l.scaled(completedRecordings)-1)
	})
	if err != nil {
		return nil, err
	}
	return s.measureStart(ctx, l, l.scaled(completedRecordings))
}

// complete applies a recording as Stopped, and returns its object once nothing
// is left to do.
func (s *school) complete(ctx context.Context) (*v1alpha1.CloudRecording, error) {
	lesson, err := s.record(s.accounts[0], lessonOptions("lesson", 0))
	if err != nil {
		return nil, err
	}
	lesson.Spec.State = v1alpha1.RecordingStateStopped
	if err := s.client.Create(ctx, lesson); err != nil {
		return nil, fmt.Errorf("create object %s: %w", lesson.Name, err)
	}
	completed, err := s.changes.await(ctx, lesson.Name, "completed", isCompleted)
	if err != nil {
		return nil, err
	}
	return completed.recording, s.awaitIdle(ctx, 0)
}

// multiply creates copies of an object, with their status.
func (s *school) multiply(ctx context.Context, l *laboratory, original *v1alpha1.CloudRecording, count int) error {
	template, err := newTemplate(original)
	if err != nil {
		return err
	}
	copies := make([]int, count)
	for i := range copies {
		copies[i] = i
	}
	began := time.Now()
	for len(copies) > 0 {
		next := copies[:min(completedPortion, len(copies))]
		copies = copies[len(next):]
		if err := inParallel(next, func(number int) error { return s.createCopy(ctx, template, number) }); err != nil {
			return err
		}
		l.say("  %d objects are left to be created after %v", len(copies), time.Since(began).Round(time.Second))
	}
	return nil
}

// template is an object as JSON, with what differs in its copies.
type template struct {
	content               string
	name, resourceID, sid string
}

func newTemplate(original *v1alpha1.CloudRecording) (template, error) {
	bare := original.DeepCopy()
	bare.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	bare.ResourceVersion, bare.UID = "", ""
	content, err := json.Marshal(bare)
	if err != nil {
		return template{}, fmt.Errorf("copy an object: %w", err)
	}
	return template{string(content), bare.Name, bare.Spec.ResourceID, bare.Spec.SID}, nil
}

// copyOf returns an object that differs by its identifiers, which are as long.
func (t template) copyOf(number int) (*unstructured.Unstructured, error) {
	differing := strings.NewReplacer(
		t.sid, strings.ReplaceAll(string(uuid.NewUUID()), "-", ""),
		t.resourceID, fmt.Sprintf("%s%08d", t.resourceID[:len(t.resourceID)-8], number),
		t.name, fmt.Sprintf("%s-%d", t.name, number),
	)
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON([]byte(differing.Replace(t.content))); err != nil {
		return nil, fmt.Errorf("copy an object: %w", err)
	}
	return object, nil
}

func (s *school) createCopy(ctx context.Context, template template, number int) error {
	object, err := template.copyOf(number)
	if err != nil {
		return err
	}
	if err := s.client.Create(ctx, object); err != nil {
		return fmt.Errorf("create object %s: %w", object.GetName(), err)
	}
	return nil
}

// measureStart measures the start of the operator among so many objects.
func (s *school) measureStart(ctx context.Context, l *laboratory, count int) ([]row, error) {
	floor, err := s.listPlainly(ctx)
	if err != nil {
		return nil, err
	}
	before, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	l.say("  listed them plainly within %v; starting the operator", floor.Round(time.Millisecond))
	began := time.Now()
	if err := s.startOperator(ctx); err != nil {
		return nil, err
	}
	if err := s.awaitIdle(ctx, count); err != nil {
		return nil, err
	}
	took := time.Since(began) - idleInterval
	if err := sleep(ctx, completedRest); err != nil {
		return nil, err
	}
	busy, err := processorTime(s.operator.PID())
	if err != nil {
		return nil, err
	}
	after, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	writes, err := countOperatorRequests(before, after, writeVerbs)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d objects, Completed", count)
	rows, err := memoryRows(s.operator.PID(), what, "< 250 MiB")
	if err != nil {
		return nil, err
	}
	return append(rows,
		durationRow(what+": start of the process until all are reconciled", took, floor, "< 60 s"),
		timeRow(what+": time of a core for it", busy, "-"),
		countRow(what+": requests to Agora", len(s.arrivals.since(began)), 0, "0"),
		countRow(what+": writes to the API server", writes, 0, "0"),
	), nil
}

// listPlainly lists all objects as JSON, and returns how long it took when the
// API server had read them before.
func (s *school) listPlainly(ctx context.Context) (time.Duration, error) {
	var took time.Duration
	for range 2 {
		began := time.Now()
		list := &v1alpha1.CloudRecordingList{}
		for more := true; more; more = list.Continue != "" {
			err := s.client.List(ctx, list, client.InNamespace(s.namespace), client.Limit(listPage), client.Continue(list.Continue))
			if err != nil {
				return 0, fmt.Errorf("list namespace %s: %w", s.namespace, err)
			}
		}
		took = time.Since(began)
	}
	return took, nil
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	completedRecordings = 100_000

	// completedPortion is the number of objects between two progress messages.
	completedPortion = 10_000

	// listPage is the size of a page of a list. It is the default of client-go.
	listPage = 500

	// completedRest is how long the operator is left alone after its start. It is longer than
	// the process takes to return the memory of its start to the system.
	completedRest = 75 * time.Second

	// definitionSettles is the longest time that the API server takes to serve a changed CRD.
	definitionSettles = 5 * time.Second
)

// measureCompleted measures the cost of completed recordings. They are copies of one that the
// operator has completed.
func measureCompleted(r *run) {
	e := r.open(environmentOptions{})
	original := e.complete()
	e.awaitIdle(0)
	e.endOperator()
	e.changes.watch.Stop()
	count := r.scaled(completedRecordings)
	r.withoutChecks(func() { e.multiply(original, count-1) })
	floor := e.listPlainly()
	before := r.served()
	r.say("listed them plainly within %v; starting the operator", floor.Round(time.Millisecond))
	began := time.Now()
	e.startOperator()
	e.awaitIdle(count)
	took := time.Since(began) - idleInterval
	r.sleep(completedRest)
	now, peak := e.memory()
	what := fmt.Sprintf("%d objects, Completed", count)
	r.report(slices.Concat([]row{
		plainRow(what+": memory", formatSize(now), "< 250 MiB"),
		plainRow(what+": peak memory since the start", formatSize(peak), "< 250 MiB"),
		durationRow(what+": start of the process until all are reconciled", took, floor, "< 60 s"),
		plainRow(what+": time of a core for it", formatDuration(e.processorTime()), "-"),
		countRow(what+": requests to Agora", len(e.requests.since(began, "")), 0, "0"),
	}, r.served().operatorRequests(writeVerbs).since(before.operatorRequests(writeVerbs)).rows(what+": writes to the API server"))...)
}

// multiply creates copies of an object with its status. They differ in their identifiers, which
// occur nowhere else in the object.
func (e *environment) multiply(original *v1alpha1.CloudRecording, count int) {
	bare := original.DeepCopy()
	bare.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	bare.ResourceVersion, bare.UID = "", ""
	content := string(must(json.Marshal(bare)))
	resourceID := bare.Spec.ResourceID
	for first := 0; first < count; first += completedPortion {
		var numbers []int
		for number := first; number < min(first+completedPortion, count); number++ {
			numbers = append(numbers, number)
		}
		inParallel(numbers, func(number int) error {
			object := &unstructured.Unstructured{}
			if err := object.UnmarshalJSON([]byte(strings.NewReplacer(
				bare.Spec.SID, strings.ReplaceAll(string(uuid.NewUUID()), "-", ""),
				resourceID, fmt.Sprintf("%s%08d", resourceID[:len(resourceID)-8], number),
				bare.Name, fmt.Sprintf("%s-%d", bare.Name, number),
			).Replace(content))); err != nil {
				return fmt.Errorf("copy an object: %w", err)
			}
			return e.Client.Create(e.ctx, object)
		})
		e.say("%d of %d objects are there", min(first+completedPortion, count), count)
	}
}

// listPlainly lists all objects twice, and returns how long the second time took. By then, the
// API server has read them once.
func (e *environment) listPlainly() (took time.Duration) {
	for range 2 {
		began := time.Now()
		list := &v1alpha1.CloudRecordingList{}
		for more := true; more; more = list.Continue != "" {
			check(e.Client.List(e.ctx, list, client.InNamespace(e.namespace), client.Limit(listPage), client.Continue(list.Continue)))
		}
		took = time.Since(began)
	}
	return took
}

// withoutChecks runs a function while the API server accepts objects without validation and
// with their status. The copied object was validated before, and this creates many objects
// several times as fast.
func (r *run) withoutChecks(do func()) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	check(r.Client.Get(r.ctx, types.NamespacedName{Name: "cloudrecordings.cloudrecording.dev"}, definition))
	original, _, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	check(err)
	redefine := func(versions ...any) {
		check(unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions"))
		check(r.Client.Update(r.ctx, definition))
		r.sleep(definitionSettles)
	}
	redefine(map[string]any{
		"name": v1alpha1.GroupVersion.Version, "served": true, "storage": true,
		"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
	})
	do()
	redefine(original...)
}

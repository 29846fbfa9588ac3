// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// startPath is the object whose fields Agora cannot change while a recording runs.
	startPath = "spec.start"

	// notRunning holds when no recording runs or may be running. Another rule prevents adding
	// and removing spec.start.
	notRunning = "!has(oldSelf.spec.start) || !has(self.spec.start) || !has(oldSelf.status) || !has(oldSelf.status.startRequestedTime)"

	// neverStarted holds when spec.start has started no session.
	neverStarted = "!has(oldSelf.status) || !(has(oldSelf.status.startRequestedTime) || has(oldSelf.status.sessions))"

	// changing is the variable that rules compare with its old value.
	changing = "self"
	before   = "oldSelf"
)

// immutabilityRules returns the rules of the CRD that make fields immutable.
func immutabilityRules(schema apiextensionsv1.JSONSchemaProps, table []v1alpha1.ImmutabilityRule) ([]placedRule, error) {
	var rules []placedRule
	for _, row := range table {
		if row.Mutability == v1alpha1.ImmutableWhileRunning && !isOfStart(row) {
			return nil, fmt.Errorf("%s cannot be %s: only fields of %s can", row.Field, row.Mutability, startPath)
		}
		if row.Mutability != v1alpha1.Immutable {
			continue
		}
		rule, err := immutable(schema, row.Field)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	for _, group := range groupsOf(table) {
		rule, err := group.whileRunning(schema)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule...)
	}
	onceStarted, err := onceStarted(schema, table)
	return append(rules, onceStarted...), err
}

// immutable returns the rule of a field that keeps its first value. The API server does not
// evaluate the rules of a removed field, so the rule of an optional field is at its parent.
func immutable(schema apiextensionsv1.JSONSchemaProps, path string) (placedRule, error) {
	parent, name := cutLast(path)
	object, err := find(schema, parent)
	if err != nil {
		return placedRule{}, err
	}
	found, err := find(object.schema, name)
	if err != nil {
		return placedRule{}, err
	}
	if !found.steps[0].optional {
		return placedRule{path, apiextensionsv1.ValidationRule{
			Rule:    changing + " == " + before,
			Message: path + " cannot be changed: create another CloudRecording for another recording",
		}}, nil
	}
	return placedRule{parent, apiextensionsv1.ValidationRule{
		Rule: fmt.Sprintf("!%s || (%s && %s == %s)",
			found.present(before), found.present(changing), found.of(changing), found.of(before)),
		Message: path + " cannot be changed or removed: create another CloudRecording for another recording",
	}}, nil
}

// group is a set of fields with a common rule: the fields of an object, including those in the
// items of its lists.
type group struct {
	path string

	// held are the paths of the fields in the object that are immutable while the recording
	// runs.
	held []string

	// free are the paths of the fields that remain mutable.
	free []string

	// partlyFree are the names of the objects in it that are partly mutable.
	partlyFree []string
}

// groupsOf returns the groups of fields of spec.start.
func groupsOf(table []v1alpha1.ImmutabilityRule) []*group {
	var groups []*group
	byPath := map[string]*group{}
	for _, row := range table {
		if !isOfStart(row) {
			continue
		}
		path, name := groupOf(row.Field)
		if byPath[path] == nil {
			byPath[path] = &group{path: path}
			groups = append(groups, byPath[path])
		}
		switch row.Mutability {
		case v1alpha1.ImmutableWhileRunning:
			byPath[path].held = append(byPath[path].held, name)
		case v1alpha1.Mutable:
			byPath[path].free = append(byPath[path].free, name)
		default:
		}
	}
	// An object precedes the objects in it.
	for _, inner := range slices.Backward(groups) {
		parent, name := cutLast(inner.path)
		if outer := byPath[parent]; outer != nil && len(inner.free)+len(inner.partlyFree) > 0 {
			outer.partlyFree = append([]string{name}, outer.partlyFree...)
		}
	}
	return groups
}

func isOfStart(row v1alpha1.ImmutabilityRule) bool {
	return strings.HasPrefix(row.Field, startPath+".")
}

// groupOf returns the object whose rule contains a field, and the path of the field from there.
func groupOf(path string) (object, name string) {
	if list, rest, isItem := strings.Cut(path, items+"."); isItem {
		object, name = cutLast(list)
		return object, name + items + "." + rest
	}
	return cutLast(path)
}

// whileRunning returns the rule of a group. There is none if all fields are mutable.
func (g *group) whileRunning(schema apiextensionsv1.JSONSchemaProps) ([]placedRule, error) {
	if len(g.held) == 0 {
		return nil, nil
	}
	conditions, err := unchangedFields(schema, startPath, g.path, g.held)
	if err != nil {
		return nil, err
	}
	free := make([]string, len(g.free))
	for i, path := range g.free {
		_, free[i] = cutLast(path)
	}
	if len(g.partlyFree) > 0 {
		free = append(free, "parts of "+listed(g.partlyFree))
	}
	return []placedRule{{"", apiextensionsv1.ValidationRule{
		Rule: fmt.Sprintf("%s || (%s)", notRunning, strings.Join(conditions, " && ")),
		Message: fmt.Sprintf("%s can change only in %s while the recording runs or may be running: Agora cannot change the rest; create another CloudRecording",
			g.path, listed(free)),
	}}}, nil
}

// causes explain why fields of an object are immutable once spec.start has started a session.
var causes = map[string]string{
	"spec":         "Agora writes the files there",
	"spec.storage": "Agora writes the files there",
	"spec.window":  "its time has begun",
}

// onceStarted returns the rules of the fields that are immutable once spec.start has started a
// session.
func onceStarted(schema apiextensionsv1.JSONSchemaProps, table []v1alpha1.ImmutabilityRule) ([]placedRule, error) {
	held := map[string][]string{}
	for _, row := range table {
		if row.Mutability != v1alpha1.ImmutableOnceStarted {
			continue
		}
		parent, name := cutLast(row.Field)
		if causes[parent] == "" {
			return nil, fmt.Errorf("%s cannot be %s: only fields of %s can", row.Field, row.Mutability, listed(sortedKeys(causes)))
		}
		held[parent] = append(held[parent], name)
	}
	var rules []placedRule
	for _, object := range sortedKeys(held) {
		conditions, err := unchangedFields(schema, "spec", object, held[object])
		if err != nil {
			return nil, err
		}
		rules = append(rules, placedRule{"", apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("%s || (%s)", neverStarted, strings.Join(conditions, " && ")),
			Message: fmt.Sprintf("%s cannot be changed once the recording was started: %s", namesOf(object, held[object]), causes[object]),
		}})
	}
	return rules, nil
}

// namesOf names fields of an object in a message.
func namesOf(object string, fields []string) string {
	if len(fields) == 1 {
		return object + "." + fields[0]
	}
	return listed(fields) + " of " + object
}

// unchangedFields returns the expressions for whether fields of an object are unchanged. The
// path present and everything above it must exist.
func unchangedFields(schema apiextensionsv1.JSONSchemaProps, present, object string, fields []string) ([]string, error) {
	start, err := find(schema, present)
	if err != nil {
		return nil, err
	}
	variable, old := start.of(changing), start.of(before)
	within := strings.TrimPrefix(strings.TrimPrefix(object, present), ".")
	var conditions []string
	inItems := map[string][]string{}
	for _, name := range fields {
		path := strings.TrimPrefix(within+"."+name, ".")
		if list, rest, isItem := strings.Cut(path, items+"."); isItem {
			inItems[list] = append(inItems[list], rest)
			continue
		}
		found, err := find(start.schema, path)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, found.unchanged(variable, old))
	}
	for _, list := range sortedKeys(inItems) {
		condition, err := unchangedItems(start.schema, list, variable, old, inItems[list])
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, condition)
	}
	return conditions, nil
}

// unchangedItems returns the expression for whether a list has the same items as before, by
// their keys, and whether the given fields of each item are unchanged.
func unchangedItems(object apiextensionsv1.JSONSchemaProps, path, variable, old string, fields []string) (string, error) {
	list, err := find(object, path)
	if err != nil {
		return "", err
	}
	keys := list.schema.XListMapKeys
	if len(keys) == 0 || list.schema.Items == nil {
		return "", fmt.Errorf("the items of %s have no keys by which those of before can be found: give the whole list one rule", path)
	}
	var conditions []string
	for _, key := range keys {
		conditions = append(conditions, fmt.Sprintf("was.%s == item.%s", key, key))
	}
	for _, name := range fields {
		if slices.Contains(keys, name) {
			continue
		}
		if strings.Contains(name, items) {
			return "", fmt.Errorf("%s in the items of %s is in a list within a list: give that list one rule", name, path)
		}
		found, err := find(*list.schema.Items.Schema, name)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, found.unchanged("item", "was"))
	}
	same := fmt.Sprintf("%[1]s.size() == %[2]s.size() && %[1]s.all(item, %[2]s.exists(was, %[3]s))",
		list.of(variable), list.of(old), strings.Join(conditions, " && "))
	if here := list.present(variable); here != "" {
		return fmt.Sprintf("(%s ? %s && %s : !(%s))", here, list.present(old), same, list.present(old)), nil
	}
	return same, nil
}

// cutLast cuts the last name off a path.
func cutLast(path string) (parent, name string) {
	last := strings.LastIndex(path, ".")
	return path[:max(last, 0)], path[last+1:]
}

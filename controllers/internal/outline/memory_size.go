// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"reflect"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// memorySize returns about how many bytes a recording takes in memory.
func memorySize(recording *v1alpha1.CloudRecording) int {
	return int(reflect.TypeFor[v1alpha1.CloudRecording]().Size()) + referencedSize(reflect.ValueOf(recording).Elem())
}

// referencedSize returns the size of what a value refers to, without the value itself.
func referencedSize(value reflect.Value) int {
	switch value.Kind() {
	case reflect.String:
		return value.Len()
	case reflect.Pointer:
		if value.IsNil() {
			return 0
		}
		return int(value.Type().Elem().Size()) + referencedSize(value.Elem())
	case reflect.Slice:
		return value.Len()*int(value.Type().Elem().Size()) + elementsSize(value)
	case reflect.Array:
		return elementsSize(value)
	case reflect.Struct:
		return fieldsSize(value)
	case reflect.Map:
		return entriesSize(value)
	default:
		return 0
	}
}

func elementsSize(list reflect.Value) (size int) {
	for i := range list.Len() {
		size += referencedSize(list.Index(i))
	}
	return size
}

func fieldsSize(structure reflect.Value) (size int) {
	if !refersOut(structure.Type()) {
		return 0
	}
	for i := range structure.NumField() {
		size += referencedSize(structure.Field(i))
	}
	return size
}

// refersOut leaves out times, because all of them share their zones.
func refersOut(structure reflect.Type) bool {
	return structure.PkgPath() != "time"
}

func entriesSize(entries reflect.Value) (size int) {
	for each := entries.MapRange(); each.Next(); {
		size += int(each.Key().Type().Size()+each.Value().Type().Size()) + referencedSize(each.Key()) + referencedSize(each.Value())
	}
	return size
}

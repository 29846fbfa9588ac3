// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// documentedPlaces returns, by name, the paths at which Agora documents members of start's
// clientRequest.
var documentedPlaces = sync.OnceValue(func() map[string][]string {
	places := map[string][]string{}
	add := func(path string) {
		name := path[strings.LastIndex(path, ".")+1:]
		places[name] = append(places[name], path)
	}
	for _, name := range []string{"recordingConfig", "recordingFileConfig", "snapshotConfig", "extensionServiceConfig"} {
		add(name)
		addPlaces(name, fieldsOf(reflect.TypeFor[v1alpha1.StartSpec]())[name], add)
	}
	add("storageConfig")
	storage := fieldsOf(reflect.TypeFor[v1alpha1.StorageSpec]())
	for _, name := range slices.Sorted(maps.Keys(storage)) {
		if name == "endpoint" {
			continue
		}
		add("storageConfig." + name)
		addPlaces("storageConfig."+name, storage[name], add)
	}
	for _, path := range []string{
		"token", "recordingConfig.secret", "recordingConfig.salt", "storageConfig.extensionParams.endpoint",
		"storageConfig.accessKey", "storageConfig.secretKey", "storageConfig.stsToken", "storageConfig.stsExpiration",
		"extensionServiceConfig.extensionServices[].serviceParam.outputs[].rtmpUrl",
	} {
		add(path)
	}
	return places
})

// addPlaces adds the paths of the fields within a field.
func addPlaces(path string, field reflect.Type, add func(path string)) {
	switch field.Kind() {
	case reflect.Pointer:
		addPlaces(path, field.Elem(), add)
	case reflect.Slice:
		addPlaces(path+"[]", field.Elem(), add)
	case reflect.Struct:
		fields := fieldsOf(field)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			add(path + "." + name)
			addPlaces(path+"."+name, fields[name], add)
		}
	default:
	}
}

// leaveOutMisplaced reports whether Agora documents a member without a field at another place,
// and adds a note in that case.
func (c *conversion) leaveOutMisplaced(path string) bool {
	places := documentedPlaces()[path[strings.LastIndex(path, ".")+1:]]
	if len(places) == 0 {
		return false
	}
	c.note("%s was left out: Agora documents %s, and takes no notice of it here. Move it there if it is meant; "+
		"if Agora has come to take it here, put it into spec.start.rawParameters.", path, strings.Join(places, " and "))
	return true
}

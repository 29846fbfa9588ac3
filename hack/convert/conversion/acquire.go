// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// acquireMembers are the members of acquire's clientRequest that do not become raw parameters.
var acquireMembers = []string{"resourceExpiredHour", "region", "excludeResourceIds", "scene", "startParameter", regionAffinity}

// regionAffinity is the preferred region of a recording. In contrast, region is mandatory.
const regionAffinity = "regionAffinity"

// convertAcquire converts the members of acquire's clientRequest.
func (c *conversion) convertAcquire(encoded []byte, start body) error {
	acquire, err := c.decode("acquire", encoded)
	if err != nil {
		return err
	}
	if acquire.cname != start.cname || acquire.uid != start.uid {
		return fmt.Errorf("the bodies of acquire and start have another cname or uid: give those of one recording")
	}
	if affinity := acquire.request[regionAffinity]; !isEmpty(acquire.request["region"]) && fmt.Sprint(affinity) == "0" {
		delete(acquire.request, regionAffinity)
		c.note("regionAffinity of acquire was left out: 0 says nothing beside region.")
	}
	for _, name := range slices.Sorted(maps.Keys(acquire.request)) {
		value := acquire.request[name]
		if slices.Contains(acquireMembers, name) && c.leaveOutEmpty(name+" of acquire", value) {
			continue
		}
		if err := c.convertAcquireMember(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversion) convertAcquireMember(name string, value any) (err error) {
	switch name {
	case "resourceExpiredHour", "region", "excludeResourceIds":
		c.start[name], err = c.fit(name, value, fieldsOf(reflect.TypeFor[v1alpha1.StartSpec]())[name])
		return err
	case "scene":
		return c.checkScene(fmt.Sprint(value))
	case "startParameter":
		c.note("startParameter of acquire was left out: it repeats the clientRequest of start.")
		return nil
	default:
		if err := checkSpelling(name, acquireMembers); err != nil {
			return err
		}
		return c.addRaw(v1alpha1.RawParameterMethodAcquire, name, value)
	}
}

// checkScene checks the scene, which the operator derives from the mode.
func (c *conversion) checkScene(scene string) error {
	wanted := "0"
	if c.mode == v1alpha1.WebMode {
		wanted = "1"
	}
	switch scene {
	case wanted:
		return nil
	case "2":
		return fmt.Errorf("the scene 2 of acquire, postponed transcoding, is one that the operator does not ask for: take it out, and transcode the files in the bucket")
	default:
		return fmt.Errorf("the scene of acquire does not fit mode %s, which has the scene %s: give bodies of one recording, and check --mode", c.mode, wanted)
	}
}

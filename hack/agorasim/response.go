// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// serverResponse is the member of the same name of query and stop. What is
// there depends on the mode and on how the recording was configured.
type serverResponse struct {
	Status                *int               `json:"status,omitempty"`
	FileListMode          string             `json:"fileListMode,omitempty"`
	FileList              any                `json:"fileList,omitempty"`
	UploadingStatus       string             `json:"uploadingStatus,omitempty"`
	SliceStartTime        *int64             `json:"sliceStartTime,omitempty"`
	ExtensionServiceState []extensionService `json:"extensionServiceState,omitempty"`
}

type extensionService struct {
	ServiceName string `json:"serviceName"`
	Payload     any    `json:"payload"`
}

// queryResponse is what query says. It never holds the state of the upload.
func queryResponse(m bucket.Media) serverResponse {
	status := m.ServiceStatus(m.At)
	response := serverResponse{Status: &status}
	if m.Mode == recorder.ModeWeb {
		response.ExtensionServiceState = []extensionService{webRecorder(m)}
		if len(m.Outputs) > 0 {
			response.ExtensionServiceState = append(response.ExtensionServiceState, publishing(m))
		}
		return response
	}
	begin := m.StartedAt.UnixMilli()
	response.SliceStartTime = &begin
	listFiles(&response, m)
	return response
}

// stopResponse is what a synchronous stop says once the upload is over.
func stopResponse(m bucket.Media) serverResponse {
	status := m.UploadingStatus
	if status == recorder.UploadingStatusAbsent {
		status = ""
	}
	if m.Mode == recorder.ModeWeb {
		return serverResponse{ExtensionServiceState: []extensionService{
			// The order of services is not guaranteed.
			{ServiceName: "upload_service", Payload: uploadState(status)},
			webRecorder(m),
		}}
	}
	response := serverResponse{UploadingStatus: status}
	listFiles(&response, m)
	return response
}

// listFiles adds the files in the shape that the configuration leads to.
func listFiles(response *serverResponse, m bucket.Media) {
	files := m.Files()
	switch {
	case !listsFiles(m.Recorder):
		// Neither the list nor its mode is there when screenshots are taken.
	case m.Mode == recorder.ModeMix && !m.MakesMP4():
		response.FileListMode, response.FileList = "string", bucket.LatestIndex(files)
	default:
		if files == nil {
			files = []bucket.File{}
		}
		response.FileListMode, response.FileList = "json", files
	}
}

// listsFiles says whether answers hold a list of files, or its like.
func listsFiles(r *recorder.Recorder) bool {
	return r.Mode != recorder.ModeIndividual || !r.Snapshot
}

// uploadState is the payload of the extension service that uploads.
func uploadState(status string) map[string]string {
	if status == "" {
		return map[string]string{}
	}
	return map[string]string{"uploadingStatus": status}
}

func webRecorder(m bucket.Media) extensionService {
	payload := map[string]any{"state": webState(m), "onhold": m.Paused(), "fileList": webFiles(m.Files())}
	return extensionService{ServiceName: request.WebRecorderService, Payload: payload}
}

func publishing(m bucket.Media) extensionService {
	var outputs []map[string]string
	for _, output := range m.Outputs {
		outputs = append(outputs, map[string]string{"rtmpUrl": output.RTMPURL, "status": publishingStatus(m.Recorder, m.At)})
	}
	return extensionService{ServiceName: request.RTMPPublishService, Payload: map[string]any{"state": webState(m), "outputs": outputs}}
}

func webState(m bucket.Media) string {
	return stateWord(m.Recorder, m.At, "init", "inProgress", "exit")
}

// publishingStatus is how the push of a page goes.
func publishingStatus(r *recorder.Recorder, at time.Time) string {
	running := "publishing"
	if r.Paused() {
		running = "onhold"
	}
	return stateWord(r, at, "connecting", running, "disconnected")
}

func stateWord(r *recorder.Recorder, at time.Time, before, running, after string) string {
	switch status := r.ServiceStatus(at); {
	case status < recorder.StatusReady:
		return before
	case status > recorder.StatusInProgress:
		return after
	default:
		return running
	}
}

// webFiles are files with another key for their names than those of other modes.
func webFiles(files []bucket.File) []map[string]any {
	list := []map[string]any{}
	for _, file := range files {
		list = append(list, map[string]any{"filename": file.FileName, "sliceStartTime": file.SliceStartTime})
	}
	return list
}

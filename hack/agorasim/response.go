// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// serverResponse is the serverResponse of query and stop. Its members depend on the mode
// and the configuration of the recording.
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

// queryResponse returns the response of query. It never contains the state of the upload.
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

// stopResponse returns the response of a synchronous stop after the upload.
func stopResponse(m bucket.Media) serverResponse {
	status := m.UploadingStatus
	if status == recorder.UploadingStatusAbsent {
		status = ""
	}
	if m.Mode == recorder.ModeWeb {
		return serverResponse{ExtensionServiceState: []extensionService{
			// Agora does not guarantee the order of services.
			{ServiceName: "upload_service", Payload: uploadState(status)},
			webRecorder(m),
		}}
	}
	response := serverResponse{UploadingStatus: status}
	listFiles(&response, m)
	return response
}

// listFiles adds the files in the form that depends on the configuration.
func listFiles(response *serverResponse, m bucket.Media) {
	files := m.Files()
	switch {
	case !listsFiles(m.Recorder):
		// If screenshots are taken, neither the list nor its mode is present.
	case m.Mode == recorder.ModeMix && !m.MakesMP4():
		response.FileListMode, response.FileList = "string", bucket.LatestIndex(files)
	default:
		if files == nil {
			files = []bucket.File{}
		}
		response.FileListMode, response.FileList = "json", files
	}
}

// listsFiles reports whether answers contain a list of files or an index.
func listsFiles(r *recorder.Recorder) bool {
	return r.Mode != recorder.ModeIndividual || !r.Snapshot
}

// uploadState returns the payload of the upload service.
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

// publishingStatus returns the state of publishing a web page.
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

// webFiles returns files with the key that web recordings use for file names.
func webFiles(files []bucket.File) []map[string]any {
	list := []map[string]any{}
	for _, file := range files {
		list = append(list, map[string]any{"filename": file.FileName, "sliceStartTime": file.SliceStartTime})
	}
	return list
}
